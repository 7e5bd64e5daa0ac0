import { describe, expect, it } from 'vitest';
import { accountsOf, DAY, LARGE_DAY, type Day } from '../../bench/simulate/accounts.js';
import { Clock, type Process } from '../../bench/simulate/clock.js';
import { simulate } from '../../bench/simulate/day.js';
import { POLICIES } from '../../bench/simulate/policies.js';
import { SharedMachine } from '../../bench/simulate/shared-machine.js';
import { type Order, TaskQueue } from '../../bench/simulate/task-queue.js';
import { totalsOf } from '../../bench/simulate/totals.js';
import { MEASURED } from '../../bench/simulate/world.js';
import { unit } from '../../dev/sample/generator/random.js';

const FIRST_COME: Order = { byPriority: false, fair: false };
const FAIR: Order = { byPriority: true, fair: true };
const [firstCome, priority, fair, polledFirst] = POLICIES;

/** A few hundred accounts in an hour, including a giant: busy enough that all wait for each other. */
const HOUR: Day = { ...DAY, accounts: 300, atOnce: 100, atOnceHour: 0.2, hours: [1], deviation: 1.5 };
const SMALL_GIANT = { messages: 4_000_000, hour: 0 };

/** Mean seconds that customers spend: they come at random (Poisson), `rate` a second, and each wants one second. */
function meanTime(rate: number, serve: (clock: Clock) => () => Process): number {
  const clock = new Clock();
  const one = serve(clock);
  const customers = 30_000;
  let [at, spent] = [0, 0];
  for (let n = 0; n < customers; n += 1) {
    const came = (at += -Math.log(1 - unit(7, n)) / rate);
    clock.begin(
      (function* (): Process {
        yield clock.after(came);
        yield* one();
        spent += clock.now - came;
      })(),
    );
  }
  clock.run();
  return spent / customers;
}

/** The order of the keys in which one slot begins tasks of a second each. */
function begun(order: Order, tasks: readonly string[]): string[] {
  const clock = new Clock();
  const queue = new TaskQueue([new SharedMachine(clock)], 1, order, () => 0);
  const keys: string[] = [];
  for (const fairnessKey of tasks) {
    clock.begin(
      queue.run({ priority: 2, fairnessKey }, function* () {
        keys.push(fairnessKey);
        yield clock.after(1);
      }),
    );
  }
  clock.run();
  return keys;
}

function waitsOf(day: ReturnType<typeof simulate>, isMeant: (id: string) => boolean): number[] {
  return day.outcomes
    .filter(({ account }) => isMeant(account.id))
    .map(({ account, recentAt }) => recentAt - account.startsAt);
}

const worst = (values: readonly number[]): number => Math.max(...values);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the simulated task queue', () => {
  it('makes customers of one slot wait as long as the formula of Pollaczek and Khinchine says', () => {
    const rate = 0.8;
    const spent = meanTime(rate, (clock) => {
      const queue = new TaskQueue([new SharedMachine(clock)], 1, FIRST_COME, () => 0);
      return () =>
        queue.run({ priority: 1, fairnessKey: '' }, function* () {
          yield clock.after(1);
        });
    });
    // M/D/1: ρ / 2(1 − ρ) in the queue, 1 in service (Kleinrock, Queueing Systems, volume 1, 5.6).
    const expected = rate / (2 * (1 - rate)) + 1;
    expect(Math.abs(spent / expected - 1)).toBeLessThan(0.04);
  });

  it('shares a machine evenly: customers stay 1 / (1 − ρ) times as long as alone', () => {
    const rate = 0.7;
    const spent = meanTime(rate, (clock) => {
      const machine = new SharedMachine(clock);
      return function* () {
        yield machine.work(1);
      };
    });
    // M/G/1 with processor sharing, whatever the service times (Kleinrock, Queueing Systems, volume 2, 4.4).
    expect(Math.abs(spent * (1 - rate) - 1)).toBeLessThan(0.04);
  });

  it('gives each account its turn: behind sixty tasks of a giant three small accounts begin within five', () => {
    const tasks = [...Array<string>(60).fill('giant'), 'small 1', 'small 2', 'small 3'];
    const places = (order: Order) =>
      begun(order, tasks).flatMap((key, place) => (key === 'giant' ? [] : [place]));
    expect(worst(places(FAIR))).toBeLessThanOrEqual(5);
    expect(places(FIRST_COME)).toEqual([60, 61, 62]);
  });
});

describe('a simulated day', () => {
  it.each(POLICIES)('ends for every account with all its messages: $name', (policy) => {
    const { outcomes, waitingImports } = simulate({ ...HOUR, giant: SMALL_GIANT }, { processes: 2, policy });
    expect(outcomes).toHaveLength(HOUR.accounts);
    for (const { account, recentAt, doneAt, brought } of outcomes) {
      expect(brought).toBeCloseTo(account.messages, 3);
      expect(recentAt).toBeGreaterThan(account.startsAt);
      expect(doneAt).toBeGreaterThan(recentAt);
    }
    expect(waitingImports.at(-1)).toBe(0);
  });

  it('takes as long as its work: no process is idle while somebody waits for it', () => {
    const allAtOnce = { ...HOUR, atOnce: HOUR.accounts, atOnceHour: 0, giant: SMALL_GIANT };
    const { outcomes } = simulate(allAtOnce, { processes: 1, policy: fair });
    const messages = outcomes.reduce((sum, { account }) => sum + account.messages, 0);
    const least = messages / MEASURED.messagesPerSecond;
    const took = worst(outcomes.map(({ doneAt }) => doneAt));
    expect(took).toBeGreaterThanOrEqual(least);
    // The giant's last check, and the lanes' fixed times where no other had work.
    expect(took).toBeLessThan(least * 1.2);
  });

  it('is the same every time', () => {
    const run = () => simulate(HOUR, { processes: 1, policy: polledFirst }).outcomes;
    expect(run()).toEqual(run());
  });

  it('lets nobody wait for a giant longer than for two of its lanes, and small accounts for one, where priorities hold', () => {
    const giant = { messages: 40_000_000, hour: 0 };
    const day = { ...HOUR, giant, atOnce: 0, accounts: 100, medianMessages: 10_000 };
    // What a lane brings is settled and checked in its slot, where it is no more than 300 records.
    const small = new Set(
      accountsOf(day).flatMap(({ id, messages }) => (messages * day.recentShare < 280 ? [id] : [])),
    );
    const waits = (policy: (typeof POLICIES)[number]) => {
      const run = simulate(day, { processes: 1, policy });
      return {
        all: worst(waitsOf(run, (id) => id !== 'giant')),
        small: worst(waitsOf(run, (id) => small.has(id))),
      };
    };
    // Once for its own lane's slot, once more for settling and checking; a lane looks at its time between two pieces.
    const lane = 125;
    for (const { all, small: ofSmall } of [waits(priority), waits(fair)]) {
      expect(all).toBeLessThan(2 * lane);
      expect(ofSmall).toBeLessThan(lane);
    }
    expect(waits(firstCome).all).toBeGreaterThan(2 * lane);
    expect(waits(firstCome).small).toBeGreaterThan(lane);
  });

  it('takes an account of 100 messages through four activities, one of 1,500 through five, and one of 2,000 through six', () => {
    const seconds = (messages: number) => {
      const day = { ...HOUR, accounts: 1, giant: { messages, hour: 0 } };
      const [outcome] = simulate(day, { processes: 1, policy: fair }).outcomes;
      return outcome!.doneAt;
    };
    const { prepareSeconds, provisionSeconds, laneFixedSeconds, completeFixedSeconds, ...times } = MEASURED;
    const perPart = laneFixedSeconds + completeFixedSeconds;
    const fixed = prepareSeconds + provisionSeconds + 2 * perPart;
    const perMessage = 1 / times.messagesPerSecond + (1 + DAY.recentShare) * times.completeSecondsPerMessage;
    expect(seconds(100)).toBeCloseTo(fixed + 4 * times.workflowTaskSeconds + 100 * perMessage, 6);
    // Its 300 recent messages come with their 50 threads, so both parts are completed by a call of their own.
    expect(seconds(2_000)).toBeCloseTo(fixed + 6 * times.workflowTaskSeconds + 2_000 * perMessage, 6);
    expect(seconds(1_500)).toBeCloseTo(fixed + 5 * times.workflowTaskSeconds + 1_500 * perMessage, 6);
  });

  it('lets those who are polled go before a list that nobody waits for', () => {
    const giant = { messages: 2_000, hour: 0 };
    const busy = { accounts: 900, atOnce: 300, atOnceHour: 0.5, medianMessages: 20_000, deviation: 1 };
    const day = { ...HOUR, ...busy, giant };
    const both = (policy: (typeof POLICIES)[number]) => {
      const run = simulate(day, { processes: 1, policy });
      const isListed = (id: string) => id.startsWith('listed');
      return { polled: mean(waitsOf(run, (id) => !isListed(id))), listed: mean(waitsOf(run, isListed)) };
    };
    const [alike, first] = [both(fair), both(polledFirst)];
    expect(first.polled).toBeLessThan(alike.polled);
    expect(first.listed).toBeGreaterThan(alike.listed);
  });

  it('has ten thousand accounts of 2,000 messages in the middle, some of a million, one of twenty', () => {
    const accounts = accountsOf(DAY);
    const sizes = accounts.map(({ messages }) => messages).toSorted((a, b) => a - b);
    expect(accounts).toHaveLength(10_000);
    expect(sizes[5_000]! / 2_000).toBeCloseTo(1, 0);
    expect(sizes.at(-1)).toBe(20_000_000);
    const millions = sizes.filter((messages) => messages >= 1_000_000).length;
    expect(millions).toBeGreaterThan(10);
    expect(millions).toBeLessThan(100);
  });
});

describe('the totals of a day', () => {
  it('are those of 5 billion messages on the large day', () => {
    const { messages, busiestHour } = totalsOf(LARGE_DAY);
    expect(Math.abs(messages / 5e9 - 1)).toBeLessThan(0.02);
    // The hour has a tenth of the starts, and the list, which is a twentieth.
    expect(busiestHour / messages).toBeGreaterThan(0.12);
    expect(busiestHour / messages).toBeLessThan(0.18);
  });

  it('follow the formulas of docs/cost.md', () => {
    // One account of exactly a million messages, which has four brands and 25,000 threads.
    const day: Day = { ...DAY, accounts: 1, giant: { messages: 1_000_000, hour: 9.5 } };
    const totals = totalsOf(day);
    expect(totals).toMatchObject({ messages: 1_000_000, busiestHour: 1_000_000 });
    expect(totals.actions).toBe(11 + 4 + 3 * 10 + 49);
    const bytes = 1_000_000 * MEASURED.itemBytes + 2 * 25_000 * 300;
    expect(totals.readUnits).toBeCloseTo(bytes / 8_192 + 4 * 4 * 0.5, 6);
    expect(totals.storeBytes).toBe(1_000_000 * MEASURED.storeBytesPerMessage);
    // One whose import also completes its phases.
    expect(totalsOf({ ...day, giant: { messages: 100, hour: 0 } }).actions).toBeCloseTo(8 + 4 + 0.0049, 6);
  });
});
