import { setMaxListeners } from 'node:events';
import { beforeEach, expect, test } from 'vitest';
import { Pacer } from '../../../../activities/engine/governing/pacer.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const CHUNK = 16_384;
/** Bytes a second with a share of 1. */
const FULL = 10_000_000;

let clock: VirtualClock;
let pacer: Pacer;
let lanes: AbortController;
/** When chunks were sent, by the clock's elapsed time. */
let sent: number[];

beforeEach(() => {
  clock = new VirtualClock();
  pacer = new Pacer(clock);
  lanes = new AbortController();
  setMaxListeners(0, lanes.signal);
  sent = [];
});

/** A lane that sends chunks as fast as it may. */
async function send(chunks: number): Promise<void> {
  const pace = pacer.of(lanes.signal, () => undefined);
  for (let n = 0; n < chunks; n += 1) {
    await pace.next(CHUNK);
    sent.push(clock.elapsed());
  }
}

const between = (from: number, to: number) => sent.filter((at) => at >= from && at < to).length;

test('with a share of 1 everything is sent at once', async () => {
  expect(pacer.of(lanes.signal, () => undefined).isSlow).toBe(false);
  await send(1_000);
  expect(clock.elapsed()).toBe(0);
  expect(sent).toHaveLength(1_000);
});

test('with a smaller share, all lanes together send evenly, with a rest in each second', async () => {
  pacer.share = 0.2;
  const lanesDone = Promise.all([send(300), send(300), send(300)]);
  await clock.advance(5_000);
  for (let second = 0; second < 5_000; second += 1_000) {
    expect(between(second, second + 100)).toBe(0);
    for (let at = second + 200; at < second + 1_000; at += 100)
      expect(Math.abs(between(at, at + 100) * CHUNK - (0.2 * FULL) / 10)).toBeLessThanOrEqual(CHUNK);
  }
  pacer.share = 1;
  await clock.advance(100);
  await lanesDone;
  clock.assertIdle();
});

test('after an idle time little is caught up', async () => {
  pacer.share = 0.2;
  await clock.advance(10_500);
  const done = send(20);
  await clock.advance(1);
  // The catch-up of 20 ms, and the chunk that is due.
  expect(sent.length).toBeLessThanOrEqual(Math.ceil((0.02 * 0.2 * FULL) / CHUNK) + 1);
  await clock.advance(1_000);
  await done;
});

test('rests on request, and shows that it does', async () => {
  pacer.share = 0.2;
  await clock.advance(200);
  expect(pacer.isResting).toBe(false);
  pacer.rest(400);
  expect(pacer.isResting).toBe(true);
  const done = send(10);
  await clock.advance(399);
  expect(sent).toEqual([]);
  await clock.advance(500);
  await done;
  pacer.share = 1;
  pacer.rest(400);
  expect(pacer.isResting).toBe(false);
});

test('a lane that stops sends the rest of its batch at once', async () => {
  pacer.share = 0.01;
  const done = send(100);
  await clock.advance(300);
  const before = sent.length;
  expect(before).toBeLessThan(5);
  lanes.abort();
  await done;
  expect(clock.elapsed()).toBe(300);
  expect(sent).toHaveLength(100);
  clock.assertIdle();
});
