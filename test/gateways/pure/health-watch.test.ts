import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { Unusable } from '../../../domain/engine/unusable.js';
import { type Health, HealthWatch } from '../../../gateways/health-watch.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let lines: { level: number; msg: string }[];
let health: Health[];
let answer: () => Promise<void>;
let watch: HealthWatch;
let asked: number;
let clock: VirtualClock;

beforeEach(() => {
  [lines, health, asked] = [[], [], 0];
  clock = new VirtualClock();
  answer = () => Promise.resolve();
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as { level: number; msg: string });
      done();
    },
  });
  watch = new HealthWatch({
    name: 'The server',
    check: () => {
      asked += 1;
      return answer();
    },
    log: pino(destination),
    clock,
  });
  watch.on('change', (now) => health.push(now));
});
afterEach(() => watch.stop());

const said = () => lines.map(({ level, msg }) => [level, msg]);
const look = async (times: number) => {
  for (let time = 0; time < times; time += 1) await watch.latestProblem(-1);
};

test('a server that stops answering is reported once, and once more when it recovers', async () => {
  await look(1);
  answer = () => Promise.reject(new CarryoverError('StoreUnavailable', 'It is gone.'));
  await look(1);
  expect([said(), watch.health.up]).toEqual([[], true]);
  await look(4);
  expect([said(), watch.health]).toMatchObject([[[40, 'It is gone.']], { up: false, reason: 'It is gone.' }]);
  answer = () => Promise.resolve();
  await look(3);
  expect(said()).toEqual([
    [40, 'It is gone.'],
    [30, 'The server is usable again'],
  ]);
  expect(health.map(({ up }) => up)).toEqual([true, false, true]);
});

test('a server that neither answers nor refuses is detected by the deadline', async () => {
  answer = () => new Promise(() => undefined);
  watch.start();
  // It calls again two seconds after the first call is given up, half a second after the call's own limit.
  expect(await clock.runUntil(() => said().length > 0)).toBe(5_500 + 2_000 + 5_500);
  expect((await watch.latestProblem(60_000))?.message).toBe('The server does not answer.');
  expect(said()).toEqual([[40, 'The server does not answer.']]);
});

test('a lasting error is logged at once, and again when it changes', async () => {
  answer = () => Promise.reject(new Unusable('It has no tables.', { lasting: true }));
  await look(3);
  answer = () => Promise.reject(new Unusable('It has no rows.', { lasting: true }));
  await look(3);
  expect(said()).toEqual([
    [50, 'It has no tables.'],
    [50, 'It has no rows.'],
  ]);
});

test('concurrent checks share one call, and a fresh result is reused', async () => {
  await Promise.all([watch.latestProblem(60_000), watch.latestProblem(60_000), watch.latestProblem(60_000)]);
  await watch.latestProblem(60_000);
  expect(asked).toBe(1);
  await clock.advance(60_001);
  await watch.latestProblem(60_000);
  expect(asked).toBe(2);
});
