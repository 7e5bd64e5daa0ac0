import { expect, test } from 'vitest';
import { phaseKey, RunningWork, totalPace } from '../../../api/engine/live/running-work.js';
import type { OpenPhase } from '../../../gateways/store/work/open-phases.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const phase = (some: Partial<OpenPhase>): OpenPhase => ({
  kind: 'moves',
  subject: '1:4',
  unit: 'room',
  phase: 'everything',
  read: 0,
  low: 1_000,
  high: 2_000,
  age: 100,
  idle: 1,
  units: 1,
  phases: 1,
  ...some,
});

function measured() {
  const clock = new VirtualClock();
  const world = { open: [] as OpenPhase[], reads: 0 };
  const read = async () => {
    world.reads += 1;
    return world.open;
  };
  return { clock, world, work: new RunningWork({ clock, read, phasesOf: () => 1 }) };
}

test('the first rate is the average, later ones cover the time since', async () => {
  const { clock, world, work } = measured();
  world.open = [phase({ read: 500 })];
  expect((await work.look()).get('moves:1:4')).toMatchObject({
    rate: 5,
    secondsLeft: { from: 100, to: 300 },
  });
  await clock.advance(10_000);
  world.open = [phase({ read: 700, age: 110 })];
  const pace = (await work.look()).get('moves:1:4')!;
  expect(pace.rate).toBe(20);
  // 300 to 1,300 are left, at 20 a second of late and 6.4 a second on average.
  expect(pace.secondsLeft).toEqual({ from: 15, to: 205 });
  expect(pace.phases.get(phaseKey('room', 'everything'))).toEqual({
    rate: 20,
    secondsLeft: pace.secondsLeft,
  });
});

test('requests within a second share a read, and a failed one is not shared', async () => {
  const { clock, world, work } = measured();
  await Promise.all(Array.from({ length: 50 }, () => work.look()));
  expect(world.reads).toBe(1);
  await clock.advance(1_000);
  await work.look();
  expect(world.reads).toBe(2);
  let fails = true;
  const failing = new RunningWork({
    clock,
    read: async () => {
      if (fails) throw new Error('away');
      return [];
    },
    phasesOf: () => 1,
  });
  await expect(failing.look()).rejects.toThrow('away');
  fails = false;
  expect((await failing.look()).size).toBe(0);
});

test.each([
  ['nothing is read any more', { idle: 61 }, 0],
  ['nothing was read yet', { idle: null, read: 0 }, 0],
])('the rate is 0 and no end is known while %s', async (_when, some, rate) => {
  const { world, work } = measured();
  world.open = [phase({ read: 500, ...some })];
  expect((await work.look()).get('moves:1:4')).toMatchObject({ rate, secondsLeft: null });
});

test.each([
  ['a phase is not planned yet', { units: 2, phases: 1 }],
  ['a slice has more than its estimate', { high: null, low: null }],
])('no end is known while %s', async (_when, some) => {
  const { world, work } = measured();
  world.open = [phase({ read: 500, ...some })];
  expect((await work.look()).get('moves:1:4')).toMatchObject({ rate: 5, secondsLeft: null });
});

test('a rate ignores a pause of a minute, and undone work', async () => {
  const { clock, world, work } = measured();
  world.open = [phase({ read: 500 })];
  await work.look();
  await clock.advance(61_000);
  world.open = [phase({ read: 100, age: 10 })];
  expect((await work.look()).get('moves:1:4')!.rate).toBe(10);
});

test('the total time left is that of the last migration', () => {
  const paces = [
    { rate: 5, secondsLeft: { from: 1, to: 100 } },
    { rate: 2.5, secondsLeft: { from: 30, to: 40 } },
  ];
  expect(totalPace(paces)).toEqual({ rate: 7.5, secondsLeft: { from: 30, to: 100 } });
  expect(totalPace([...paces, { rate: 0, secondsLeft: null }])).toEqual({ rate: 7.5, secondsLeft: null });
  expect(totalPace([])).toEqual({ rate: 0, secondsLeft: null });
});
