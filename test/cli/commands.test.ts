import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { decodeJwt } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../api/app.js';
import { runCarryover } from '../../cli/commands/program.js';
import { signToken } from '../../cli/token.js';
import type { BrandStatus } from '../../domain/statuses.js';
import { signatureCheck } from '../../gateways/carrier/signature.js';
import { conversationsClient } from '../../gateways/conversations/client.js';
import { inTransaction, openStore, type Store } from '../../gateways/store/connect.js';
import { recordBrandFailure, setBrandStatus } from '../../gateways/store/statuses.js';
import { openTemporal, type TemporalClient } from '../../gateways/temporal/client.js';
import { stackEnv, testDatabase, type TestDatabase } from '../support/servers.js';

const SECRET = 'the secret of these tests';

let database: TestDatabase;
let store: Store;
let temporal: TemporalClient;
let app: FastifyInstance;
let url: string;
let token: string;

beforeAll(async () => {
  database = await testDatabase();
  store = openStore(database.url);
  temporal = openTemporal({
    environment: { ...stackEnv() },
    taskQueue: `commands-${randomBytes(4).toString('hex')}`,
  });
  app = await buildApp({
    store,
    databaseUrl: database.url,
    temporal,
    conversations: conversationsClient({ baseUrl: 'http://127.0.0.1:9', token: 'none', timeoutMs: 1_000 }),
    checkSignature: signatureCheck(['whsec_c2VjcmV0']),
    auth: { secret: SECRET },
    log: pino({ level: 'silent' }),
    temporalUiUrl: 'http://127.0.0.1:8233',
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  token = await signToken({ secret: SECRET, role: 'operator', sub: 'ann', expiresIn: '1h' });
});
afterAll(async () => {
  await app?.close();
  await Promise.all([temporal?.close(), store?.close()]);
  await database?.drop();
});

/** An account of its own for each test, with a brand and two channels, as Conversations told of them. */
let account: string;
beforeEach(async () => {
  account = `acc_${randomBytes(6).toString('hex')}`;
  await store.pool.query(
    `WITH a AS (INSERT INTO accounts (source_id, name, migration) VALUES ($1, 'Lakeside Dental', $2) RETURNING id),
       b AS (INSERT INTO brands (account_id, source_id, name, migration)
         SELECT id, $1 || '_br', 'Lakeside', $2 FROM a RETURNING id),
       c AS (INSERT INTO channels (brand_id, source_id, type, phone_number, migration)
         SELECT id, $1 || '_ch', 'sms', '+15550001111', $2 FROM b)
     INSERT INTO status_documents VALUES ($1, '{}', 1, now())`,
    [account, { status: 'pending' }],
  );
});

interface Ran {
  status: number;
  out: string;
  error: string;
}

interface Given {
  environment?: Record<string, string>;
  signal?: AbortSignal;
  /** Told with each piece of output. */
  onOut?: (text: string) => void;
}

async function carryover(args: string[], given: Given = {}): Promise<Ran> {
  const ran = { out: '', error: '' };
  const status = await runCarryover(args, {
    out: {
      write: (text) => {
        ran.out += text;
        given.onOut?.(text);
      },
    },
    error: { write: (text) => void (ran.error += text) },
    environment: { CARRYOVER_URL: url, CARRYOVER_TOKEN: token, ...given.environment },
    signal: given.signal ?? new AbortController().signal,
  });
  return { status, ...ran };
}

const become = (status: BrandStatus) =>
  inTransaction(store, (tx) => setBrandStatus(tx, { accountId: account, brandId: `${account}_br` }, status));

describe('carryover start', () => {
  it('starts a migration, and says so again while it runs', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect(await carryover(['start', account])).toEqual({
        status: 0,
        out: `The migration of ${account} runs: migrating.\nWatch it with: carryover watch ${account}\n`,
        error: '',
      });
    }
  });

  it('says that there is nothing to start when all is migrated', async () => {
    await carryover(['start', account]);
    await become('recent-messages-migrated');
    await become('all-messages-migrated');
    const { status, out } = await carryover(['start', account]);
    expect({ status, out }).toEqual({
      status: 0,
      out: `All messages of ${account} are migrated; there is nothing to start.\n`,
    });
  });

  it('says when it would have to ask Conversations, which is away, and when to try again', async () => {
    const { status, error } = await carryover(['start', 'acc_unknown']);
    expect(status).toBe(1);
    expect(error).toMatch(/Ask again in \d+ s\.\n$/);
  });
});

describe('carryover status', () => {
  it('shows a picture, the channels and where to look further', async () => {
    await carryover(['start', account]);
    const { status, out } = await carryover(['status', account]);
    expect(status).toBe(0);
    expect(out).toContain('Lakeside Dental  migrating');
    expect(out).toMatch(/Lakeside {2}recent {5}░+ {2}waits/);
    expect(out).toMatch(new RegExp(`Lakeside {2}${account}_ch {2}sms {3}\\+15550001111 {2}pending`));
    expect(out).toContain(
      `Temporal: http://127.0.0.1:8233/namespaces/default/workflows/migration%3A${account}`,
    );
  });

  it('gives the answer of the API as JSON', async () => {
    const { out } = await carryover(['status', account, '--json']);
    expect(JSON.parse(out)).toMatchObject({ account_id: account, migration_status: 'pending' });
  });

  it('says that it does not know an account, and what to do', async () => {
    const { status, out, error } = await carryover(['status', 'acc_unknown']);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(error).toContain('Check the account id; "carryover list" shows those that Carryover knows.');
  });
});

describe('carryover list', () => {
  it('lists migrations, the one that changed last first, also those with one status alone', async () => {
    await carryover(['start', account]);
    const { status, out } = await carryover(['list']);
    expect(status).toBe(0);
    expect(out.split('\n')[0]).toMatch(/^ACCOUNT {2,}STATUS {2,}CHANGED {2,}NAME$/);
    expect(out.split('\n')[1]).toMatch(new RegExp(`^${account} {2}migrating .* Lakeside Dental$`));
    expect((await carryover(['list', '--status', 'brand-failure'])).out).toBe(
      'No account is brand-failure.\n',
    );
  });

  it('reads as many pages as it is told to', async () => {
    await store.pool.query(
      `WITH a AS (INSERT INTO accounts (source_id, name, migration)
         SELECT 'many_' || n, 'Many', '{"status":"pending"}' FROM generate_series(1, 250) n RETURNING source_id)
       INSERT INTO status_documents SELECT source_id, '{}', 1, now() FROM a`,
    );
    const listed = JSON.parse((await carryover(['list', '--limit', '230', '--json'])).out) as {
      account_id: string;
    }[];
    expect(new Set(listed.map(({ account_id }) => account_id)).size).toBe(230);
    const { out } = await carryover(['list', '--limit', '10']);
    expect(out.trimEnd().split('\n')).toHaveLength(12);
    expect(out).toContain('There are more: --limit 20.');
    await store.pool.query(`DELETE FROM status_documents WHERE account_source_id LIKE 'many%'`);
    await store.pool.query(`DELETE FROM accounts WHERE source_id LIKE 'many%'`);
  });
});

describe('carryover pause, resume, cancel, retry', () => {
  it('steer a migration, and the audit says who did', async () => {
    await carryover(['start', account]);
    for (const [action, words] of [
      ['pause', 'is paused'],
      ['resume', 'goes on'],
      ['cancel', 'ends'],
      ['retry', 'tries again'],
    ] as const) {
      const { status, out } = await carryover([action, account]);
      expect({ status, out }).toEqual({
        status: 0,
        out: expect.stringContaining(`The migration of ${account} ${words}`),
      });
    }
    const { out } = await carryover(['audit', account]);
    const rows = out.trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(/ {2,}/).slice(1, 4))).toEqual(
      ['retry', 'cancel', 'resume', 'pause', 'start'].map((action) => [action, 'ann', 'operator']),
    );
    expect(JSON.parse((await carryover(['audit', account, '--limit', '1', '--json'])).out)).toHaveLength(1);
  });

  it('say that there is nothing to steer yet', async () => {
    const { status, error } = await carryover(['pause', account]);
    expect(status).toBe(1);
    expect(error).toContain('has not been started');
  });

  it('say that nobody has done anything yet', async () => {
    expect((await carryover(['audit', account])).out).toBe(`Nobody has done anything to ${account} yet.\n`);
  });
});

describe('carryover watch', () => {
  it('tells what is new until all is migrated', async () => {
    await carryover(['start', account]);
    const steps: BrandStatus[] = ['recent-messages-migrated', 'all-messages-migrated'];
    const { status, out } = await carryover(['watch', account], {
      onOut: () => {
        const next = steps.shift();
        if (next) void become(next);
      },
    });
    expect(status).toBe(0);
    expect(out).toBe(
      [
        'Lakeside Dental: migrating',
        'Lakeside Dental: recent-messages-migrated',
        'Lakeside Dental: all-messages-migrated',
        `All messages of ${account} are migrated.`,
        '',
      ].join('\n'),
    );
  });

  it('ends with 1 when a brand has failed and nothing else goes on', async () => {
    await carryover(['start', account]);
    const brand = { accountId: account, brandId: `${account}_br` };
    const failure = {
      type: 'ChannelImpossible',
      message: 'Channel ch_1 has a type that nobody knows.',
    } as const;
    await inTransaction(store, (tx) => recordBrandFailure(tx, brand, 'channels', failure));
    const { status, out } = await carryover(['watch', account]);
    expect(status).toBe(1);
    expect(out).toContain('Channel ch_1 has a type that nobody knows. Correct the channel');
    expect(out).toContain(`Once that is mended: carryover retry ${account}`);
  });

  it('ends with 1 when somebody cancels it', async () => {
    await carryover(['start', account]);
    await carryover(['cancel', account]);
    expect(await carryover(['watch', account])).toMatchObject({
      status: 1,
      out: expect.stringContaining('was cancelled by ann'),
    });
  });

  it('ends with 130 on Ctrl-C, without a word of error', async () => {
    const interrupted = new AbortController();
    const ran = await carryover(['watch', account], {
      signal: interrupted.signal,
      onOut: () => interrupted.abort(),
    });
    expect(ran).toMatchObject({ status: 130, error: '' });
  });

  it('asks again and again where there is no stream of events', async () => {
    await carryover(['start', account]);
    let asked = 0;
    const proxy = createServer((request, response) => {
      if (request.url?.endsWith('/events')) {
        response.writeHead(503, { 'content-type': 'application/problem+json' }).end('{"detail":"too many"}');
        return;
      }
      asked += 1;
      const answer =
        asked < 2
          ? Promise.resolve()
          : become('recent-messages-migrated').then(() => become('all-messages-migrated'));
      void answer
        .then(() =>
          fetch(new URL(request.url ?? '/', url), {
            headers: { authorization: request.headers.authorization ?? '' },
          }),
        )
        .then(async (real) =>
          response.writeHead(real.status, { 'content-type': 'application/json' }).end(await real.text()),
        );
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { status } = await carryover(['watch', account, '--url', proxyUrl]);
    proxy.close();
    expect(status).toBe(0);
    expect(asked).toBe(2);
  });
});

describe('carryover token', () => {
  const secret = { AUTH_JWT_SECRET: SECRET };

  it('prints a token that the API takes', async () => {
    const { status, out } = await carryover(['token', '--role', 'operator', '--sub', 'bob'], {
      environment: secret,
    });
    expect(status).toBe(0);
    const claims = decodeJwt(out.trim());
    expect(claims).toMatchObject({ role: 'operator', sub: 'bob' });
    expect(claims.exp! - claims.iat!).toBe(8 * 3_600);
    expect(
      (await carryover(['--token', out.trim(), 'list'], { environment: { CARRYOVER_TOKEN: '' } })).status,
    ).toBe(0);
  });

  it('is for one account where the role is app, and for as long as said', async () => {
    const args = ['token', '--role', 'app', '--sub', 'phone', '--expires', '30d'];
    const { out } = await carryover([...args, '--account', 'acc_1'], {
      environment: { ...secret, AUTH_ISSUER: 'us', AUTH_AUDIENCE: 'them' },
    });
    expect(decodeJwt(out.trim())).toMatchObject({ role: 'app', account_id: 'acc_1', iss: 'us', aud: 'them' });
    expect(await carryover(args, { environment: secret })).toMatchObject({
      status: 2,
      error: expect.stringContaining('--account ID'),
    });
  });

  it('cannot be signed without the secret: 78', async () => {
    const { status, error } = await carryover(['token', '--role', 'admin', '--sub', 'bob']);
    expect(status).toBe(78);
    expect(error).toContain('AUTH_JWT_SECRET is missing');
  });
});

describe('what is wrong is told in words', () => {
  it.each([
    [['fly', 'acc_1']],
    [['start']],
    [['start', 'a', 'b']],
    [['list', '--status', 'good']],
    [['list', '--limit', 'all']],
    [['token', '--role', 'king', '--sub', 'me']],
    [['token', '--role', 'admin', '--sub', 'me', '--expires', 'soon']],
    [[]],
  ])('wrong usage ends with 2: %j', async (args) => {
    const { status, error } = await carryover(args);
    expect(status).toBe(2);
    expect(error).not.toContain('    at ');
  });

  it('help ends with 0 and names the exit statuses', async () => {
    const { status, out } = await carryover(['--help']);
    expect(status).toBe(0);
    expect(out).toContain('Exit status: 0 fine, 1 failed, 2 wrong usage, 78 configuration');
  });

  it('no token, or an address that is none, ends with 78', async () => {
    expect(await carryover(['list'], { environment: { CARRYOVER_TOKEN: '' } })).toMatchObject({
      status: 78,
      error: expect.stringContaining('There is no token: give --token or CARRYOVER_TOKEN.'),
    });
    expect((await carryover(['--url', 'localhost:3000', 'list'])).status).toBe(78);
  });

  it('a token that does not hold, and a role that may not', async () => {
    const refused = await carryover(['--token', 'nonsense', 'list']);
    expect(refused).toMatchObject({ status: 1, error: expect.stringContaining('Give a token that holds') });
    const app = await signToken({
      secret: SECRET,
      role: 'app',
      sub: 'phone',
      accountId: account,
      expiresIn: '1h',
    });
    expect(await carryover(['--token', app, 'list'])).toMatchObject({
      status: 1,
      error: expect.stringContaining('Use a token of the role operator or admin.'),
    });
  });

  it('an API that is not there, or is something else', async () => {
    expect(await carryover(['--url', 'http://127.0.0.1:9', 'list'])).toMatchObject({
      status: 1,
      error: expect.stringMatching(/cannot be reached.*Is it running\?/),
    });
    const other = createServer((_request, response) => void response.end('<html>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const answer = await carryover([
      '--url',
      `http://127.0.0.1:${(other.address() as AddressInfo).port}`,
      'list',
    ]);
    other.close();
    expect(answer).toMatchObject({
      status: 1,
      error: expect.stringContaining("does not answer like Carryover's API"),
    });
  });
});
