import { expect, test } from 'vitest';
import { type ListEvent, ListWatch } from '../../../api/engine/live/list-watch.js';
import type { MigrationPace } from '../../../api/engine/live/running-work.js';
import { VirtualClock } from '../../support/virtual-clock.js';

function watched() {
  const clock = new VirtualClock();
  const world = {
    summary: { running: 0 } as object,
    paces: new Map<string, MigrationPace>(),
    reads: 0,
    fails: false,
  };
  const summary = async () => {
    world.reads += 1;
    if (world.fails) throw new Error('away');
    return world.summary;
  };
  const watch = new ListWatch({ clock, summary, work: async () => world.paces });
  const join = async (lastEventId?: string) => {
    const events: ListEvent[] = [];
    const leave = await watch.subscribe((event) => events.push(event), lastEventId);
    const told = () => events.splice(0).map(({ name, data }) => `${name} ${data}`);
    return { events, leave, told };
  };
  return { clock, world, watch, join };
}

const move = (subject: string) => ({ kind: 'moves', subject });
const changed = (key: string) => `changed ${JSON.stringify({ kind: 'moves', key })}`;

test('a new watcher gets the summary once, and later the changes', async () => {
  const { clock, world, watch, join } = watched();
  const { told } = await join();
  expect(told()).toEqual(['summary {"running":0}']);
  watch.changed(move('1:4'));
  expect(told()).toEqual([changed('1:4')]);
  await clock.advance(10_000);
  expect(told()).toEqual([]);
  world.summary = { running: 1 };
  await clock.advance(2_000);
  expect(told()).toEqual(['summary {"running":1}']);
});

test('a migration is reported at most once a second, and its last change always', async () => {
  const { clock, watch, join } = watched();
  const { told } = await join();
  told();
  for (let i = 0; i < 30; i += 1) {
    watch.changed(move('1:4'));
    await clock.advance(100);
  }
  await clock.advance(1_000);
  expect(told()).toEqual(Array.from({ length: 4 }, () => changed('1:4')));
  await clock.advance(5_000);
  expect(told()).toEqual([]);
});

test('fifty watchers cost one computation, and no watcher costs none', async () => {
  const { clock, world, watch, join } = watched();
  watch.changed(move('1:4'));
  const all = await Promise.all(Array.from({ length: 50 }, () => join()));
  expect(world.reads).toBe(1);
  expect(all.every(({ events }) => events.length === 1)).toBe(true);
  await clock.advance(10_000);
  expect(world.reads).toBe(6);
  watch.changed(move('1:4'));
  expect(all.every(({ events }) => events.length === 2)).toBe(true);
  for (const { leave } of all) leave();
  clock.assertIdle();
  await clock.advance(10_000);
  expect(world.reads).toBe(6);
});

test('progress of an import is reported', async () => {
  const { clock, world, join } = watched();
  const pace = (read: number) => ({ kind: 'moves', key: '1:4', read }) as MigrationPace;
  world.paces = new Map([['moves:1:4', pace(1)]]);
  const { told } = await join();
  told();
  await clock.advance(2_000);
  expect(told()).toEqual([]);
  world.paces = new Map([['moves:1:4', pace(2)]]);
  await clock.advance(2_000);
  expect(told()).toEqual([changed('1:4')]);
});

test('a returning watcher gets the changes since, each migration once', async () => {
  const { clock, watch, join } = watched();
  const stays = await join();
  watch.changed(move('1:4'));
  const last = stays.events.at(-1)!.id;
  await clock.advance(1_000);
  for (const key of ['2:5', '3:6']) watch.changed(move(key));
  await clock.advance(1_000);
  watch.changed(move('2:5'));
  const { told } = await join(last);
  expect(told()).toEqual(['summary {"running":0}', changed('2:5'), changed('3:6')]);
});

test.each([
  ['that another process has sent', 'deadbeef-1'],
  ['of no such form', 'x'],
  ['that is not sent yet', undefined],
])('who comes back with an event %s is told that changes were missed', async (_which, id) => {
  const { watch, join } = watched();
  const { events } = await join();
  watch.changed(move('1:4'));
  const { told } = await join(id ?? events[0]!.id.replace(/-\d+$/, '-99'));
  expect(told()).toEqual(['summary {"running":0}', 'missed {}']);
});

test('changes without a watcher are missed', async () => {
  const { watch, join } = watched();
  const first = await join();
  watch.changed(move('1:4'));
  const last = first.events.at(-1)!.id;
  first.leave();
  watch.changed(move('2:5'));
  const { told } = await join(last);
  expect(told()).toEqual(['summary {"running":0}', 'missed {}']);
});

test('a watcher who returns after more changes than are kept has missed some', async () => {
  const { watch, join } = watched();
  const { events } = await join();
  const first = events.at(-1)!.id;
  for (let i = 0; i < 1_001; i += 1) watch.changed(move(`move ${i}`));
  const { told } = await join(first);
  expect(told()).toEqual(['summary {"running":0}', 'missed {}']);
});

test('while the store is down nothing is reported, and afterwards watchers learn that they may have missed changes', async () => {
  const { clock, world, watch, join } = watched();
  world.fails = true;
  const { told } = await join();
  expect(told()).toEqual([]);
  world.fails = false;
  await clock.advance(2_000);
  expect(told()).toEqual(['summary {"running":0}']);
  watch.missed();
  expect(told()).toEqual(['missed {}']);
});
