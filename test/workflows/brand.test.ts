import { describe, expect, it } from 'vitest';
import type { UnitProgress } from '../../domain/engine/runs.js';
import type { BrandOwn } from '../../domain/conversations/brand-own.js';
import { failureOf, type TimeSkippingTests, timeSkippingTests, timersOf, until } from './environment.js';
import { failing, type FakeWorld, Gate, progress } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let tests: TimeSkippingTests;
forThisFile(timeSkippingTests, (opened) => (tests = opened));

/** A phase of so many rounds: every lane does its share, as the real ones do in about two minutes each. */
function inRounds(world: FakeWorld, messages: number, perLane: number, lanes: number): void {
  const read = new Map<string, number>();
  world.script('copySlices', ({ phase }) => {
    const all = Math.min(messages, (read.get(phase) ?? 0) + perLane);
    read.set(phase, all);
    return progress({ finished: all === messages, lanes, messages: all, threads: Math.ceil(all / 40) });
  });
}

describe('importing', () => {
  it('begins with one lane, and continues with as many as the rest needs, at most four', async () => {
    const world = tests.world().brand('br_1', { status: 'recent-messages-migrated' });
    const widths: number[] = [];
    let running = 0;
    let ended = 0;
    world.script('copySlices', async () => {
      const round = widths.length;
      running += 1;
      // A round's lanes all begin before the first of them ends.
      await until(() => running === [1, 4, 3][round], 'all lanes of the round run');
      ended += 1;
      if (ended === running) {
        widths.push(running);
        running = ended = 0;
      }
      return progress({
        finished: round === 2,
        lanes: round === 0 ? 50 : 3,
        messages: world.times('copySlices'),
      });
    });
    await (await tests.start(world)).result();
    expect(widths).toEqual([1, 4, 3]);
    expect(world.log.at(-1)).toBe('completePhase br_1 remaining');
  });

  it('of 100,000 messages costs less than 200 events in all', async () => {
    const world = tests.world().brand('br_1', { ports: ['ch_1'], attachments: 3 });
    inRounds(world, 50_000, 5_000, 4);
    world.script('followPort', () => ({ status: 'complete', at: new Date().toISOString() }));
    const migration = await tests.start(world);
    await migration.result();
    expect(world.times('copySlices')).toBeGreaterThan(20);
    const lengths = await Promise.all(
      [migration, tests.brandRun(world, 'br_1')].map(
        async (handle) => (await handle.describe()).historyLength,
      ),
    );
    expect(lengths[0]! + lengths[1]!).toBeLessThan(200);
  });

  it('that halts without a reason waits a little, and continues', async () => {
    const world = tests.world().brand('br_1', { status: 'recent-messages-migrated' });
    const answers = [{ halted: true }, { halted: true, messages: 7 }, { finished: true, messages: 20 }];
    world.script('copySlices', () => progress(answers.shift()!));
    await (await tests.start(world)).result();
    expect(await timersOf(tests.brandRun(world, 'br_1', 'remaining'))).toEqual([5, 5]);
  });

  it('that makes no progress for ten minutes is a failure if a person waits for it', async () => {
    const world = tests.world().brand('br_1');
    world.script('copySlices', () => progress({ messages: 7 }));
    await failureOf(await tests.start(world));
    expect(world.status('br_1')).toBe('recent-messages-failure');
    const waits = await timersOf(tests.brandRun(world, 'br_1'));
    expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 60]);
    expect(waits.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThan(11 * 60);
  });

  it('of recent messages is retried for some minutes, then its status is a failure', async () => {
    const world = tests.world().brand('br_1').brand('br_2');
    world.script('copySlices', ({ unit: brandId }, usual) => {
      if (brandId === 'br_1') throw failing('SourceUnavailable');
      return usual();
    });
    await failureOf(await tests.start(world));
    const tries = world.calls.filter(({ name, input }) => name === 'copySlices' && input.unit === 'br_1');
    expect(tries).toHaveLength(12);
    expect(tries.at(-1)!.at - tries[0]!.at).toBeGreaterThan(3 * MINUTE);
    expect(tries.at(-1)!.at - tries[0]!.at).toBeLessThan(6 * MINUTE);
    expect(world.status('br_1')).toBe('recent-messages-failure');
    expect(world.status('br_2')).toBe('all-messages-migrated');
  });

  it('of remaining messages is retried for hours', async () => {
    const world = tests.world().brand('br_1');
    let tries = 0;
    world.script('copySlices', ({ phase }, usual) => {
      if (phase === 'remaining' && (tries += 1) <= 40) throw failing('SourceUnavailable');
      return usual();
    });
    await (await tests.start(world)).result();
    expect(tries).toBe(41);
    expect(world.calls.at(-1)!.at - world.calls[0]!.at).toBeGreaterThan(2 * HOUR);
  });

  it('resets its attempts after every call that made progress', async () => {
    const world = tests.world().brand('br_1');
    let calls = 0;
    world.script('copySlices', ({ phase }, usual) => {
      if (phase !== 'recent') return usual();
      calls += 1;
      if (calls % 10 !== 0) throw failing('SourceUnavailable');
      return progress({ finished: calls === 30, messages: calls });
    });
    await (await tests.start(world)).result();
    expect(calls).toBe(30);
  });

  it('ends with the failure of one lane only when all lanes have ended', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    let calls = 0;
    world.script('copySlices', async () => {
      calls += 1;
      if (calls === 1) return progress({ lanes: 3, messages: 1 });
      if (calls === 2) throw failing('SourceRefused', { final: true });
      await gate.passed;
      return progress({ messages: 2 });
    });
    const migration = await tests.start(world);
    await until(() => calls === 4, 'three lanes run');
    expect(world.times('recordUnitFailure')).toBe(0);
    gate.open();
    await failureOf(migration);
    expect(world.status('br_1')).toBe('recent-messages-failure');
  });

  it('with a failed check reports it', async () => {
    const world = tests.world().brand('br_1');
    world.script('completePhase', ({ phase }, usual) => {
      if (phase === 'remaining') throw failing('CheckUnequal', { final: true });
      return usual();
    });
    expect(await failureOf(await tests.start(world))).toMatchObject({
      details: [{ units: { br_1: 'CheckUnequal' } }],
    });
    expect(world.status('br_1')).toBe('remaining-messages-failure');
  });
});

describe('attachments', () => {
  it('cost nothing if there are none', async () => {
    const world = tests.world().brand('br_1').brand('br_2', { status: 'recent-messages-migrated' });
    await (await tests.start(world)).result();
    expect(world.times('fetchAttachments')).toBe(0);
  });

  it('of a small brand are fetched once, after its messages', async () => {
    const world = tests.world().brand('br_1', { attachments: 12 });
    await (await tests.start(world)).result();
    expect(world.log.at(-1)).toBe('fetchAttachments br_1');
    expect(world.times('fetchAttachments')).toBe(1);
  });

  it('are fetched beside a long import, and the rest after it', async () => {
    const world = tests.world().brand('br_1', { attachments: 12 });
    const gate = new Gate();
    let rounds = 0;
    world.script('copySlices', async ({ phase }, usual) => {
      if (phase === 'recent') return usual();
      rounds += 1;
      if (rounds === 1) return progress({ messages: 5 });
      await gate.passed;
      world.known('br_1').attachments = 4;
      return progress({ messages: 10, finished: true });
    });
    const migration = await tests.start(world);
    await until(() => world.times('fetchAttachments') === 1, 'attachments are fetched');
    expect(world.status('br_1')).toBe('recent-messages-migrated');
    gate.open();
    await migration.result();
    expect(world.times('fetchAttachments')).toBe(2);
    expect(world.log.at(-1)).toBe('fetchAttachments br_1');
  });

  it('that wait for a later attempt are fetched at growing intervals until none is left', async () => {
    const world = tests.world().brand('br_1', { attachments: 3 });
    let rounds = 0;
    world.script('fetchAttachments', () => {
      rounds += 1;
      return { stored: 0, failed: 0, left: rounds < 10 ? 2 : 0 };
    });
    await (await tests.start(world)).result();
    const meant = [1, 2, 4, 8, 16, 32, 60, 60].map((minutes) => minutes * 60);
    expect(await timersOf(tests.brandRun(world, 'br_1'))).toEqual(meant);
    expect(world.times('fetchAttachments')).toBe(10);
  });

  it('that were given up beside a long import are reported as given up after it', async () => {
    const world = tests.world().brand('br_1', { attachments: 3 });
    const attachments = async () =>
      (await tests.brandRun(world, 'br_1').query<UnitProgress<BrandOwn>>('progress')).attachments;
    world.script('fetchAttachments', () => {
      throw failing('AttachmentsUnavailable', { final: true });
    });
    let rounds = 0;
    world.script('copySlices', async ({ phase }, usual) => {
      if (phase === 'recent') return usual();
      rounds += 1;
      if (rounds === 1) return progress({ messages: 5 });
      await until(async () => (await attachments())?.trouble !== undefined, 'fetching is given up');
      return usual();
    });
    await (await tests.start(world)).result();
    expect(await attachments()).toEqual({ left: 3, trouble: 'AttachmentsUnavailable' });
    expect(world.times('fetchAttachments')).toBe(1);
  });

  it('never fail a brand or change its status', async () => {
    const world = tests.world().brand('br_1', { attachments: 3 });
    world.script('fetchAttachments', () => {
      throw failing('AttachmentsUnavailable');
    });
    const migration = await tests.start(world);
    await migration.result();
    expect(world.times('fetchAttachments')).toBeGreaterThan(10);
    expect(world.status('br_1')).toBe('all-messages-migrated');
    expect(await tests.brandRun(world, 'br_1').query('progress')).toMatchObject({
      doing: 'done',
      attachments: { left: 3, trouble: 'AttachmentsUnavailable' },
    });
  });
});
