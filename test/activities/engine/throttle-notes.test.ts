import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ThrottleNotes } from '../../../activities/engine/governing/throttle-notes.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { addPhase } from '../../support/work.js';
import { ImportWorld } from '../conversations/import/import-world.js';

const READ = { source: 'messages', what: 'the index by_brand of the table messages', code: 'Throttling' };

let world: ImportWorld;
let clock: VirtualClock;
let notes: ThrottleNotes;
beforeAll(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', 'br_1');
  await addPhase(world.pool, 'br_1', 'recent');
});
beforeEach(async () => {
  await world.query('UPDATE carryover.phases SET throttled = NULL');
  clock = new VirtualClock();
  notes = new ThrottleNotes({ clock, pool: world.pool });
});
afterAll(() => world.close());

async function phase() {
  const [row] = await world.query<{ unit_id: string }>('SELECT unit_id FROM carryover.phases');
  return { unitId: row?.unit_id ?? '', pass: 'copy' as const, run: '0', phase: 'recent', digestVersion: 1 };
}

async function noted(): Promise<Record<string, unknown> | null> {
  await notes.close();
  const [row] = await world.query<{ throttled: Record<string, unknown> | null }>(
    'SELECT throttled FROM carryover.phases',
  );
  return row?.throttled ?? null;
}

test('a phase that is worked on is noted at the first answer, and then once in ten seconds', async () => {
  const began = new Date(clock.now()).toISOString();
  await notes.during(['messages'], await phase(), async () => {
    const statements = vi.spyOn(world.pool, 'query');
    notes.heard(READ);
    expect(await noted()).toMatchObject({ what: READ.what, code: 'Throttling', since: began, times: 1 });
    for (let answer = 0; answer < 50; answer += 1) notes.heard(READ);
    await clock.advance(9_000);
    notes.heard(READ);
    await clock.advance(2_000);
    notes.heard(READ);
    expect(await noted()).toMatchObject({ since: began, times: 53 });
    // Two of them look.
    expect(statements.mock.calls).toHaveLength(4);
    statements.mockRestore();
  });
});

test('throttling that comes back later has begun anew', async () => {
  await notes.during(['messages'], await phase(), async () => {
    notes.heard(READ);
    await clock.advance(40_000);
    notes.heard(READ);
  });
  expect(await noted()).toMatchObject({ since: new Date(clock.now()).toISOString(), times: 1 });
});

test('phases that read something else, or that nobody works on, are not noted', async () => {
  notes.heard(READ);
  await notes.during(['threads'], await phase(), async () => notes.heard(READ));
  expect(await noted()).toBe(null);
});

test('a store that does not answer disturbs nobody', async () => {
  const pool = { query: () => Promise.reject(new Error('away')) } as never;
  const deaf = new ThrottleNotes({ clock, pool });
  await deaf.during(['messages'], await phase(), async () => deaf.heard(READ));
  await deaf.close();
});
