import { beforeAll, expect, test } from 'vitest';
import { cellOf } from '../../../api/engine/operations/pages/audit-csv.js';
import { forThisFile } from '../../support/for-this-file.js';
import { addMove, movesKind } from '../moves-kind.js';
import { type World, apiWorld, signed, tokenFor } from '../world.js';

let world: World;
let operator: string;
forThisFile(
  () => apiWorld({ kinds: { moves: movesKind } }),
  (opened) => (world = opened),
);
beforeAll(async () => {
  operator = await tokenFor('operator');
  await addMove(world.store, '1:4');
  await addMove(world.store, '2:5');
  const robin = await signed({ sub: 'robin, "the first"', role: 'admin' }, '1h');
  for (const [key, action, token] of [
    ['1:4', 'pause', operator],
    ['1:4', 'resume', robin],
    ['2:5', 'pause', robin],
  ] as const)
    await world.call('POST', `/v2/kinds/moves/migrations/${encodeURIComponent(key)}/${action}`, { token });
  // Of another time, and more than a page of an export.
  await world.store.pool.query(
    `INSERT INTO carryover.audit_entries (at, kind, subject, actor, role, action, remote_address)
     SELECT timestamptz '2020-01-01T00:00:00Z' + make_interval(mins => n), 'conversations', 'acc_old', '=cmd()', 'operator', 'verify', '::1'
     FROM generate_series(1, 1200) n`,
  );
});

const read = async (query: string) => {
  const answer = await world.call('GET', `/v2/audit?${query}`, { token: operator });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json().entries as { kind: string; key: string; action: string; actor: string; at: string }[];
};

test.each([
  ['kind=moves', ['2:5 pause', '1:4 resume', '1:4 pause']],
  ['kind=moves&key=1%3A4', ['1:4 resume', '1:4 pause']],
  ['by=somebody-operator', ['1:4 pause']],
  ['action=pause', ['2:5 pause', '1:4 pause']],
  ['action=pause&kind=conversations', []],
  ['from=2021-01-01T00:00:00Z', ['2:5 pause', '1:4 resume', '1:4 pause']],
  ['from=2020-01-01T00:01:00Z&to=2020-01-01T00:03:00Z', ['acc_old verify', 'acc_old verify']],
])('the audit is filtered: %s', async (query, expected) => {
  expect((await read(query)).map(({ key, action }) => `${key} ${action}`)).toEqual(expected);
});

test('pages of a filter follow each other', async () => {
  const seen = [];
  let cursor = '';
  for (;;) {
    const answer = await world.call('GET', `/v2/audit?kind=moves&limit=1${cursor}`, { token: operator });
    seen.push(...answer.json().entries);
    if (answer.json().next_cursor === null) break;
    cursor = `&cursor=${answer.json().next_cursor}`;
  }
  expect(seen).toEqual(await read('kind=moves'));
});

test.each(['action=nothing', 'from=yesterday', 'by=', 'who=me'])(
  'the filter %s is refused',
  async (query) => {
    for (const path of ['/v2/audit', '/v2/audit.csv'])
      expect((await world.call('GET', `${path}?${query}`, { token: operator })).statusCode).toBe(400);
  },
);

test('the export has every entry of the filter, on one line each, and no formula', async () => {
  const answer = await world.call('GET', '/v2/audit.csv', { token: operator });
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
  expect(answer.headers['content-disposition']).toBe('attachment; filename="audit.csv"');
  const lines = answer.body.split('\r\n');
  expect(lines[0]).toBe('id,at,by,role,action,kind,key,from,times,last_at,details');
  expect(lines).toHaveLength(1 + 1203 + 1);
  expect(answer.body).toContain(',"robin, ""the first""",admin,pause,moves,2:5,127.0.0.1,1,,');
  expect(answer.body).toContain(",'=cmd(),operator,verify,");
  const some = await world.call('GET', '/v2/audit.csv?kind=moves&action=pause', { token: operator });
  expect(some.body.split('\r\n')).toHaveLength(1 + 2 + 1);
});

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['a "b"', '"a ""b"""'],
  ['a\nb', '"a\nb"'],
  ['+1', "'+1"],
  ['@x,y', '"\'@x,y"'],
])('the cell %j is written as %j', (text, cell) => {
  expect(cellOf(text)).toBe(cell);
});

test('only operators export it', async () => {
  const token = await tokenFor('service');
  expect((await world.call('GET', '/v2/audit.csv', { token })).statusCode).toBe(403);
});
