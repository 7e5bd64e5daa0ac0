import { Validator } from '@seriousme/openapi-schema-validator';
import build, { type Schema } from 'fast-json-stringify';
import { expect, test } from 'vitest';
import { withComponents } from '../../../api/http/openapi-components.js';
import { dereferenced } from '../answers.js';
import { type World, apiWorld } from '../world.js';
import { forThisFile } from '../../support/for-this-file.js';

let world: World;
forThisFile(apiWorld, (opened) => (world = opened));

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: unknown[];
  readonly responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}

const read = async () => (await world.app.inject('/openapi.json')).json();

test('the document is valid OpenAPI 3.1', async () => {
  const document = await read();
  expect(document.openapi).toMatch(/^3\.1/);
  const { valid, errors } = await new Validator().validate(document);
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test('every described answer can be serialized', () => {
  const described = Object.values(world.document.paths).flatMap((methods) => Object.values(methods));
  const schemas = described
    .flatMap(({ responses }) => Object.values(responses))
    .flatMap(({ content = {} }) => Object.values(content).map(({ schema }) => schema))
    .filter((schema) => schema !== undefined);
  expect(schemas.length).toBeGreaterThan(100);
  for (const schema of schemas)
    expect(() => build(dereferenced(schema, world.document) as Schema)).not.toThrow();
});

test('exactly the calls of the contract are described', async () => {
  const { paths } = await read();
  const calls = Object.entries<Record<string, Described>>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(calls.toSorted()).toEqual(
    [
      'DELETE /session',
      'GET /healthz',
      'GET /metrics',
      'GET /readyz',
      'GET /session',
      'GET /v2/accounts/{account_id}',
      'GET /v2/all-migrations',
      'GET /v2/audit',
      'GET /v2/audit.csv',
      'GET /v2/check-migration-status',
      'GET /v2/events',
      'GET /v2/failures',
      'GET /v2/kinds',
      'GET /v2/kinds/inbox/sources',
      'GET /v2/kinds/inbox/sources/{key}/destinations',
      'GET /v2/kinds/inbox/sources/{key}/preview',
      'GET /v2/kinds/{kind}/failures',
      'GET /v2/kinds/{kind}/migrations',
      'GET /v2/kinds/{kind}/migrations/{key}',
      'GET /v2/kinds/{kind}/migrations/{key}/audit',
      'GET /v2/kinds/{kind}/migrations/{key}/certificate',
      'GET /v2/kinds/{kind}/migrations/{key}/certificate/status',
      'GET /v2/kinds/{kind}/migrations/{key}/events',
      'GET /v2/kinds/{kind}/migrations/{key}/explain',
      'GET /v2/kinds/{kind}/migrations/{key}/failures',
      'GET /v2/kinds/{kind}/migrations/{key}/preflight',
      'GET /v2/kinds/{kind}/migrations/{key}/row',
      'GET /v2/kinds/{kind}/migrations/{key}/timeline',
      'GET /v2/kinds/{kind}/migrations/{key}/units',
      'GET /v2/kinds/{kind}/report',
      'GET /v2/migrations',
      'GET /v2/migrations/{account_id}',
      'GET /v2/migrations/{account_id}/certificate',
      'GET /v2/migrations/{account_id}/certificate/status',
      'GET /v2/migrations/{account_id}/events',
      'GET /v2/migrations/{account_id}/explain',
      'GET /v2/migrations/{account_id}/preflight',
      'GET /v2/migrations/{account_id}/quarantine',
      'GET /v2/migrations/{account_id}/quarantine/export',
      'GET /v2/migrations/{account_id}/quarantine/groups',
      'GET /v2/migrations/{account_id}/quarantine/{record}',
      'GET /v2/report',
      'GET /v2/summary',
      'GET /v2/system',
      'GET /v2/waves',
      'GET /v2/waves/{wave_id}',
      'GET /v2/waves/{wave_id}/members',
      'POST /session',
      'POST /v2/kinds/inbox/sources/{key}/moves',
      'POST /v2/kinds/inbox/sources/{key}/moves/{id}/reverse',
      'POST /v2/kinds/{kind}/migrations/{key}/cancel',
      'POST /v2/kinds/{kind}/migrations/{key}/pause',
      'POST /v2/kinds/{kind}/migrations/{key}/resume',
      'POST /v2/kinds/{kind}/migrations/{key}/retry',
      'POST /v2/kinds/{kind}/migrations/{key}/undo',
      'POST /v2/kinds/{kind}/migrations/{key}/verify',
      'POST /v2/migrations/{account_id}/attachments/retry',
      'POST /v2/migrations/{account_id}/cancel',
      'POST /v2/migrations/{account_id}/finish',
      'POST /v2/migrations/{account_id}/pause',
      'POST /v2/migrations/{account_id}/quarantine/retry',
      'POST /v2/migrations/{account_id}/quarantine/revoke-waiver',
      'POST /v2/migrations/{account_id}/quarantine/waive',
      'POST /v2/migrations/{account_id}/resume',
      'POST /v2/migrations/{account_id}/retry',
      'POST /v2/migrations/{account_id}/verify',
      'POST /v2/porting-callbacks',
      'POST /v2/reset-migration',
      'POST /v2/sign-in-codes',
      'POST /v2/start-migration',
      'POST /v2/waves',
      'POST /v2/waves/{wave_id}/cancel',
      'POST /v2/waves/{wave_id}/pause',
      'POST /v2/waves/{wave_id}/resume',
    ].toSorted(),
  );
});

test('every call has a name, a summary and its problems, and says that it needs a token or none', async () => {
  const { paths, components, security } = await read();
  expect(security).toEqual([{ token: [] }, { session: [] }]);
  expect(components.securitySchemes.token).toMatchObject({ type: 'http', scheme: 'bearer' });
  const operations = Object.entries<Record<string, Described>>(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
  expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(operations.length);
  const open = operations.filter(({ path }) => !path.startsWith('/v2/') || path === '/v2/porting-callbacks');
  const guarded = operations.filter((operation) => !open.includes(operation));
  expect(open.map((operation) => operation.security)).toEqual(open.map(() => []));
  for (const { security, summary, responses } of guarded) {
    expect([security, summary]).toEqual([undefined, expect.stringMatching(/./)]);
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['400', '401', '403', '404', '429', '500', '503']),
    );
  }
  const responses = operations.flatMap((operation) => Object.entries(operation.responses));
  expect(responses.filter(([, { description }]) => description === 'Default Response')).toEqual([]);
  const problems = responses.filter(([status]) => Number(status) >= 400);
  expect(new Set(problems.flatMap(([, { content }]) => Object.keys(content ?? {})))).toEqual(
    new Set(['application/problem+json']),
  );
});

interface Media {
  readonly schema: { readonly $ref?: string; readonly type?: string };
}

/** Everything that the document holds under this key, at any depth. */
function valuesOf(key: string, node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) => [
    ...(name === key ? [value] : []),
    ...valuesOf(key, value),
  ]);
}

test('every body and answer is a named schema, and every reference resolves', async () => {
  const document = await read();
  const media = valuesOf('content', document.paths).flatMap((content) => Object.entries(content as object));
  const unnamed = media.filter(
    ([type, { schema }]: [string, Media]) => type !== 'text/plain' && !schema.$ref,
  );
  expect(unnamed).toEqual([]);

  const names = Object.keys(document.components.schemas);
  expect(names).toEqual(
    expect.arrayContaining(['Account', 'Migration', 'MigrationStatus', 'Failure', 'Problem', 'Certificate']),
  );
  const references = valuesOf('$ref', document) as string[];
  expect(new Set(references)).toEqual(new Set(names.map((name) => `#/components/schemas/${name}`)));
});

test('two different schemas cannot have one name', () => {
  const uses = (type: string) => ({ schema: { title: 'Same', type } });
  expect(() => withComponents({ a: uses('string'), b: uses('string') })).not.toThrow();
  expect(() => withComponents({ a: uses('string'), b: uses('integer') })).toThrow('are called Same');
});

test('patterns mean the same to every language: no flags, no Unicode classes, ASCII alone', async () => {
  const patterns = valuesOf('pattern', await read()).filter((pattern) => typeof pattern === 'string');
  expect(patterns.length).toBeGreaterThan(5);
  // Literals, classes, groups and counts; of escapes only those of single characters and of bytes.
  const portable = /^\^(?:[^\\]|\\x[0-9A-Fa-f]{2}|\\[./+])*\$$/;
  for (const pattern of patterns) {
    expect(pattern).toMatch(portable);
    expect(pattern).not.toMatch(/\(\?|[^ -~]/);
  }
});

test('a body may be omitted if none of its fields is required', async () => {
  const { paths } = await read();
  const bodies = Object.entries<Record<string, { requestBody?: { required: boolean } }>>(paths).flatMap(
    ([path, { post }]) => (post?.requestBody ? [[path, post.requestBody.required]] : []),
  );
  expect(Object.fromEntries(bodies)).toEqual({
    '/session': true,
    '/v2/start-migration': true,
    '/v2/reset-migration': true,
    '/v2/porting-callbacks': true,
    '/v2/kinds/{kind}/migrations/{key}/verify': false,
    '/v2/migrations/{account_id}/verify': false,
    '/v2/migrations/{account_id}/attachments/retry': false,
    '/v2/migrations/{account_id}/quarantine/retry': false,
    '/v2/migrations/{account_id}/quarantine/revoke-waiver': true,
    '/v2/migrations/{account_id}/quarantine/waive': true,
    '/v2/kinds/inbox/sources/{key}/moves': true,
    '/v2/waves': true,
    '/v2/waves/{wave_id}/pause': false,
    '/v2/waves/{wave_id}/resume': false,
  });
});

test('the events of a stream have a type: each holds a migration', async () => {
  const { paths, components } = await read();
  const { content } = paths['/v2/migrations/{account_id}/events'].get.responses['200'];
  expect(content['text/event-stream'].schema).toEqual({ $ref: '#/components/schemas/MigrationEvent' });
  expect(components.schemas.MigrationEvent.properties).toEqual({
    event: { type: 'string', const: 'migration' },
    data: {
      type: 'string',
      contentMediaType: 'application/json',
      contentSchema: { $ref: '#/components/schemas/Migration' },
    },
  });
});

test('the reference at /docs loads only its own scripts', async () => {
  const page = await world.app.inject('/docs/');
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  const scripts = [...page.body.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((found) => found[1]);
  expect(scripts.length).toBeGreaterThan(2);
  for (const script of scripts) expect((await world.app.inject(`/docs/${script}`)).statusCode).toBe(200);
  expect(page.body).not.toMatch(/<script>[^<]/);
  expect((await world.app.inject('/docs/json')).json()).toEqual(await read());
});
