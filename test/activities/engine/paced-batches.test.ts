import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TargetGovernor } from '../../../activities/engine/governing/governors.js';
import type { Pace } from '../../../domain/engine/targets/pace.js';
import { ImportWorld } from '../conversations/import/import-world.js';
import { messageItem, threadItem } from '../conversations/import/source-items.js';

const BRAND = 'br_1_1';
const THREADS = 130;
const MESSAGES = 260;
const BODY = 'Could we move the appointment? '.repeat(20);

let worlds: ImportWorld[];

beforeEach(() => {
  worlds = [];
});

afterEach(() => Promise.all(worlds.map((world) => world.close())));

async function openWorld(): Promise<ImportWorld> {
  const world = await ImportWorld.open();
  worlds.push(world);
  await world.account('acc_1', BRAND);
  const id = (n: number) => `thr_${n % THREADS}`;
  const at = (n: number) => new Date(Date.UTC(2026, 9, 2) + n * 60_000).toISOString();
  await world.put(
    'threads',
    Array.from({ length: THREADS }, (_, n) => threadItem(BRAND, id(n))),
  );
  await world.put(
    'messages',
    Array.from({ length: MESSAGES }, (_, n) => messageItem(BRAND, id(n), `msg_${n}`, at(n), { body: BODY })),
  );
  return world;
}

/** Always slow; keeps what batches ask for before they send it. */
class ScriptedPace implements Pace {
  readonly isSlow = true;
  readonly asked: number[] = [];

  next(bytes: number): Promise<void> {
    this.asked.push(bytes);
    return Promise.resolve();
  }
}

const governorWith = (pace: Pace): TargetGovernor => ({
  takingTurns: (write) => write(pace),
  during: (_, work) => work(),
  close: () => Promise.resolve(),
});

test('a batch at a pace is sent in small pieces, threads and messages alike, and writes what it writes at once', async () => {
  const [paced, atOnce] = [await openWorld(), await openWorld()];
  const pace = new ScriptedPace();
  const governor = governorWith(pace);
  await paced.attempt(BRAND, 'recent', {}, paced.environment(), { governor });
  await atOnce.importPhase(BRAND, 'recent');
  for (const world of worlds)
    expect(await world.complete(BRAND, 'recent')).toMatchObject({
      tally: { threads: THREADS, messages: MESSAGES },
    });
  expect(await paced.contents()).toEqual(await atOnce.contents());

  const threads = pace.asked.slice(0, 3);
  expect(threads).toEqual([50, 50, 30].map((count) => count * 4_000));
  const lines = pace.asked.slice(3);
  expect(lines.length).toBeGreaterThan(MESSAGES / 30);
  expect(Math.max(...lines)).toBeLessThan(16_384 + 2_000);
  expect(lines.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(MESSAGES * BODY.length);
});
