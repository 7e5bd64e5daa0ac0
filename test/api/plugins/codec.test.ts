import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { execa } from 'execa';
import type { FastifyInstance } from 'fastify';
import { SignJWT } from 'jose';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../../api/app.js';
import { findTemporalCli } from '../../../dev/servers/temporal/temporal-cli.js';
import { signatureCheck } from '../../../gateways/carrier/signature.js';
import { conversationsClient } from '../../../gateways/conversations/client.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { dataConverter } from '../../../gateways/temporal/encryption/data-converter.js';
import { parsePayloadKeys } from '../../../gateways/temporal/encryption/keys.js';
import {
  type JsonPayload,
  type RemoteCodec,
  remoteCodec,
} from '../../../gateways/temporal/encryption/remote-codec.js';
import { temporalAddress, type TestDatabase, testDatabase } from '../../support/servers.js';

const SECRET = 'a secret of the tests';
const WEB_UI = 'http://127.0.0.1:8233';
const keys = parsePayloadKeys(`k1:${randomBytes(32).toString('base64')}`);
const otherKeys = parsePayloadKeys(`k7:${randomBytes(32).toString('base64')}`);

const temporal = openTemporal({ environment: { TEMPORAL_ADDRESS: temporalAddress() } });
const conversations = conversationsClient({ baseUrl: 'http://127.0.0.1:9', token: 'none' });
let database: TestDatabase;
let store: Store;
let app: FastifyInstance;
let operator: string;

beforeAll(async () => {
  database = await testDatabase();
  store = openStore(database.url);
  app = await buildApiWith(remoteCodec(keys));
  operator = await token('operator');
});
afterAll(async () => {
  await app.close();
  await Promise.all([store.close(), temporal.close(), conversations.close()]);
  await database.drop();
});

describe('POST /codec/encode and /codec/decode', () => {
  it('encrypt payloads and decrypt them again, in order', async () => {
    const payloads = ['a', 'Zoë 🦷', ''].map((text) => jsonPayload(JSON.stringify(text)));
    const sealed = await call('encode', payloads);
    expect(sealed.statusCode).toBe(200);
    const { payloads: encoded } = sealed.json<{ payloads: JsonPayload[] }>();
    for (const payload of encoded) expect(text(payload.metadata?.['encoding'])).toBe('binary/encrypted');
    const opened = await call('decode', encoded);
    expect(opened.statusCode).toBe(200);
    expect(opened.json()).toEqual({ payloads });
    expect(opened.headers['cache-control']).toBe('no-store');
  });

  it('leave an audit row when payloads are decrypted, and answer nothing if that fails', async () => {
    const audit = async () =>
      (await app.inject({ url: '/v2/audit', headers: { authorization: operator } })).json<{
        entries: { id: string }[];
      }>().entries;
    await store.pool.query('TRUNCATE carryover.audit_entries');
    const sealed = (await call('encode', [jsonPayload('"a"'), jsonPayload('"b"')])).json<{
      payloads: JsonPayload[];
    }>().payloads;
    expect(await audit()).toEqual([]);
    await call('decode', sealed);
    await call('decode', sealed.slice(1));
    const [entry, ...rest] = await audit();
    expect(entry).toMatchObject({
      account_id: '',
      actor: 'olive',
      role: 'operator',
      action: 'decode-payloads',
      remote_address: '127.0.0.1',
      times: 2,
    });
    expect(rest).toEqual([]);

    await store.pool.query('ALTER TABLE carryover.audit_entries RENAME TO away');
    const refused = await call('decode', sealed);
    await store.pool.query('ALTER TABLE carryover.away RENAME TO audit_entries');
    expect(refused.statusCode).toBeGreaterThanOrEqual(500);
    expect(refused.body).not.toContain(base64('"a"'));
  });

  it('return unencrypted payloads unchanged, also without data, and accept an empty list', async () => {
    const payloads = [jsonPayload('"old"'), { metadata: { encoding: base64('binary/null') } }];
    expect((await call('decode', payloads)).json()).toEqual({ payloads });
    expect((await call('decode', [])).json()).toEqual({ payloads: [] });
  });

  it('name an unknown key, and the payload that needs it', async () => {
    const sealed = await remoteCodec(otherKeys).encode(jsonPayload('"x"'));
    const answer = await call('decode', [jsonPayload('"clear"'), sealed]);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({
      detail: expect.stringContaining('encrypted with the key "k7", which is not known here') as string,
      errors: [{ pointer: '#/payloads/1', in: 'body' }],
    });
  });

  it.each([
    ['no body', undefined],
    ['no payloads', {}],
    ['a field more', { payloads: [], more: 1 }],
    ['a payload that is none', { payloads: ['x'] }],
    ['data that is no base64', { payloads: [{ data: 'ä' }] }],
    ['metadata that is no base64', { payloads: [{ metadata: { encoding: '%' } }] }],
  ])('refuse %s', async (_, body) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/codec/decode',
      headers: { authorization: operator, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    expect(answer.statusCode).toBe(400);
  });

  it('accept Temporal’s largest payload, and refuse a body over 4 MB', async () => {
    const largest = { metadata: {}, data: Buffer.alloc(2 * 1024 * 1024, 'x').toString('base64') };
    const sealed = (await call('encode', [largest])).json<{ payloads: JsonPayload[] }>();
    expect((await call('decode', sealed.payloads)).json()).toEqual({ payloads: [largest] });
    const answer = await call('encode', [largest, largest]);
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ detail: 'The body is larger than 4 MB.' });
  });
});

describe('who may use the codec', () => {
  it.each(['operator', 'admin'])('%s may', async (role) => {
    expect((await call('decode', [], await token(role))).statusCode).toBe(200);
  });

  it.each(['service', 'app'])('%s may not', async (role) => {
    expect((await call('decode', [], await token(role))).statusCode).toBe(403);
    expect((await call('encode', [], await token(role))).statusCode).toBe(403);
  });

  it('a request without a token is refused before its body is read', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/codec/decode',
      headers: { 'content-type': 'application/json' },
      payload: 'x'.repeat(5_000_000),
    });
    expect(answer.statusCode).toBe(401);
  });
});

describe('browsers', () => {
  const ask = (origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/codec/decode',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,authorization-extras,content-type,x-namespace',
      },
    });

  it('learn that pages of the Web UI may call, with a token and a namespace', async () => {
    const answer = await ask(WEB_UI);
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBe(WEB_UI);
    expect(answer.headers['access-control-allow-methods']).toBe('POST');
    expect(String(answer.headers['access-control-allow-headers']).split(', ')).toEqual(
      expect.arrayContaining(['authorization', 'authorization-extras', 'content-type', 'x-namespace']),
    );
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it.each(['http://127.0.0.1:8234', 'https://127.0.0.1:8233', 'http://evil.example', 'null'])(
    'get no permission for pages of %s',
    async (origin) => {
      expect((await ask(origin)).headers).not.toHaveProperty('access-control-allow-origin');
      const answer = await call('decode', [], operator, { origin });
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect(answer.headers['vary']).toContain('origin');
    },
  );

  it('may show the Web UI both answers and refusals', async () => {
    const answer = await call('decode', [], operator, { origin: WEB_UI, 'x-namespace': 'default' });
    expect(answer.headers['access-control-allow-origin']).toBe(WEB_UI);
    const refused = await call('decode', [], 'Bearer nonsense', { origin: WEB_UI });
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['access-control-allow-origin']).toBe(WEB_UI);
  });
});

describe('the codec', () => {
  it('does not exist without keys', async () => {
    const without = await buildApiWith(undefined);
    const answer = await without.inject({
      method: 'POST',
      url: '/codec/decode',
      headers: { authorization: operator },
    });
    expect(answer.statusCode).toBe(404);
    expect((await without.inject('/openapi.json')).body).not.toContain('/codec/');
    await without.close();
  });

  it('is part of the API description', async () => {
    const { paths } = (await app.inject('/openapi.json')).json<{
      paths: Record<string, Record<string, unknown>>;
    }>();
    expect(Object.keys(paths['/codec/decode'] ?? {})).toEqual(['post']);
    expect(Object.keys(paths['/codec/encode'] ?? {})).toEqual(['post']);
    expect(paths['/codec/decode']?.['post']).toMatchObject({
      operationId: 'decodePayloads',
      responses: {
        200: {},
        400: {},
        401: {},
        403: {},
        413: { description: 'The body is larger than 4 MB.' },
      },
    });
  });

  it('lets Temporal’s command line read an encrypted history', async () => {
    const connection = await Connection.connect({ address: temporalAddress() });
    const client = new Client({ connection, dataConverter: dataConverter(keys) });
    const workflowId = `codec-${randomBytes(5).toString('hex')}`;
    const handle = await client.workflow.start('nobody-works-on-this', {
      workflowId,
      taskQueue: workflowId,
      args: ['input-marker'],
    });
    const endpoint = `${await app.listen({ port: 0, host: '127.0.0.1' })}/codec`;
    const program = await findTemporalCli({ log: () => undefined });
    const show = async (...options: string[]) => {
      const flags = ['--address', temporalAddress(), '-w', workflowId, '-o', 'json', ...options];
      return (await execa(program, ['workflow', 'show', ...flags])).stdout;
    };
    try {
      const clear = base64('"input-marker"');
      expect(await show()).not.toContain(clear);
      expect(await show('--codec-endpoint', endpoint, '--codec-auth', operator)).toContain(clear);
    } finally {
      await handle.terminate();
      await connection.close();
    }
  });
});

async function buildApiWith(codec: RemoteCodec | undefined): Promise<FastifyInstance> {
  return buildApp({
    store,
    databaseUrl: database.url,
    temporal,
    conversations,
    checkSignature: signatureCheck([`whsec_${randomBytes(24).toString('base64')}`]),
    auth: { secret: SECRET },
    log: pino({ level: 'silent' }),
    temporalUiUrl: `${WEB_UI}/`,
    codec,
  });
}

async function token(role: string): Promise<string> {
  const jwt = await new SignJWT({ role, ...(role === 'app' ? { account_id: 'acc_1' } : {}) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('olive')
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(SECRET));
  return `Bearer ${jwt}`;
}

function call(action: string, payloads: readonly JsonPayload[], authorization = operator, headers = {}) {
  return app.inject({
    method: 'POST',
    url: `/codec/${action}`,
    headers: { authorization, ...headers },
    payload: { payloads },
  });
}

function jsonPayload(data: string): JsonPayload {
  return { metadata: { encoding: base64('json/plain') }, data: base64(data) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function text(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString();
}
