import { accountsOf, type Day } from './accounts.js';
import type { Process } from './clock.js';
import { migrate, type Outcome } from './migration.js';
import { openWorld, type Workers, type World } from './world.js';

export interface SimulatedDay {
  readonly outcomes: readonly Outcome[];
  /** The number of tasks that wait for a slot, every ten seconds from midnight until all is done. */
  readonly waitingCalls: readonly number[];
  readonly waitingImports: readonly number[];
}

const LOOK_EVERY = 10;

/** Simulates a day from midnight until its last account is done; the result is the same for the same day and workers. */
export function simulate(day: Day, workers: Workers): SimulatedDay {
  const world = openWorld(workers);
  const outcomes = accountsOf(day).map((account): Outcome => ({
    account,
    recentAt: Number.NaN,
    doneAt: Number.NaN,
    brought: 0,
  }));
  let open = outcomes.length;
  for (const outcome of outcomes) {
    world.clock.begin(
      (function* (): Process {
        const { account } = outcome;
        yield world.clock.after(account.startsAt);
        yield* migrate(world, account, day.recentShare, outcome);
        open -= 1;
      })(),
    );
  }
  const lengths = { waitingCalls: [] as number[], waitingImports: [] as number[] };
  world.clock.begin(look(world, lengths, () => open > 0));
  world.clock.run();
  return { outcomes, ...lengths };
}

function* look(
  { clock, calls, imports }: World,
  lengths: { waitingCalls: number[]; waitingImports: number[] },
  isOpen: () => boolean,
): Process {
  while (isOpen()) {
    lengths.waitingCalls.push(calls.length);
    lengths.waitingImports.push(imports.length);
    yield clock.after(LOOK_EVERY);
  }
}
