import { beforeAll, expect, test } from 'vitest';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { exactly, type Preflight } from '../../../domain/engine/preflight.js';
import { openTemporal, type TemporalClient } from '../../../gateways/temporal/client.js';
import { NoAnswerYet } from '../../../gateways/temporal/preflight.js';
import { forThisFile } from '../../support/for-this-file.js';
import { stackEnv } from '../../support/servers.js';
import { movesKind } from '../moves-kind.js';
import { apiWorld, tokenFor, type World } from '../world.js';

const FOUND: Preflight = {
  at: '2026-11-30T10:00:00.000Z',
  name: 'Lakeside Dental',
  start: { outcome: 'begins', sentence: 'A start of account acc_1 begins its migration.', next_step: null },
  units: {
    total: 1,
    surveyed: 1,
    listed: [
      {
        ...{ unit: 'br_1', name: null, status: 'pending', phases: ['recent'] },
        records: [{ stage: 'messages', ...exactly(3) }],
      },
    ],
  },
  parts: { total: 0, made: 0, to_make: 0, impossible: 0, problems: [] },
  ports: { to_order: 0, open: 0, ended: 0 },
  records: [{ stage: 'messages', low: 3, high: null, exact: false }],
  bytes: exactly(1_200),
  sample: { records: 3, bytes: 1_200, pages: 2, complete: true, stopped: null },
  quarantine: { records: 0, reasons: [] },
  time: { seconds: { from: 1, to: 2 }, basis: 'as measured' },
  cost: { dollars: { from: 0.001, to: 0.002 }, temporal_actions: null, read_units: null, basis: 'as listed' },
  unchecked: [],
};

/** What a worker answers. */
let answer: (kind: string, key: string) => Promise<unknown>;
let world: World;
let operator: string;
forThisFile(
  () => {
    const temporal: TemporalClient = {
      ...openTemporal({ environment: { ...stackEnv() } }),
      preflight: ({ kind, subject }) => answer(kind, subject),
    };
    return apiWorld({ temporal, kinds: { moves: movesKind } });
  },
  (opened) => (world = opened),
);
beforeAll(async () => {
  operator = await tokenFor('operator');
});

const ask = async (path = '/v2/migrations/acc_1/preflight', token = operator) => {
  const { statusCode, json, headers } = await world.call('GET', path, { token });
  return { status: statusCode, body: json<Record<string, unknown>>(), wait: headers['retry-after'] };
};

test('a worker’s result is the answer, on both paths', async () => {
  const asked: string[][] = [];
  answer = async (...of) => (asked.push(of), FOUND);
  const expected = { status: 200, body: { kind: 'conversations', key: 'acc_1', ...FOUND } };
  expect(await ask()).toMatchObject(expected);
  expect(await ask('/v2/kinds/conversations/migrations/acc_1/preflight')).toMatchObject(expected);
  expect(asked).toEqual(Array.from({ length: 2 }, () => ['conversations', 'acc_1']));
  expect((await ask(undefined, await tokenFor('app', 'acc_1'))).status).toBe(403);
});

test.each([
  [
    'an account that Conversations does not know',
    new CarryoverError('AccountUnknown', 'none'),
    404,
    'There is no such account.',
  ],
  [
    'tables that do not answer',
    new CarryoverError('SourceUnavailable', 'none'),
    503,
    'Conversations cannot be reached',
  ],
  ['no worker', new NoAnswerYet('none'), 503, 'No worker has answered in time.'],
  ['no Temporal', new Error('none'), 503, 'Temporal does not answer'],
])('%s', async (_what, error, status, detail) => {
  answer = () => Promise.reject(error);
  const { body, ...answered } = await ask();
  expect({ ...answered, body }).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } });
  expect(answered.wait === undefined).toBe(status !== 503);
});

test('a worker of another version, and kinds without a preflight, are refused', async () => {
  answer = async () => ({ ...FOUND, bytes: 7 });
  expect(await ask()).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining('a different version') },
  });
  expect(await ask('/v2/kinds/moves/migrations/7/preflight')).toMatchObject({
    status: 404,
    body: { detail: 'The kind moves has no preflight.' },
  });
});
