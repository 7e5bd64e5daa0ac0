import { BRANDS_AT_ONCE } from '../../workflows/conversations/kind.js';
import { LANES_AT_ONCE } from '../../workflows/engine/units/phase-run.js';
import type { SimulatedAccount } from './accounts.js';
import { together, type Process } from './clock.js';
import { PRIORITY } from './policies.js';
import type { World } from './world.js';

/** The messages that a lane takes at a time; in between it checks its time limit, as a real one does between batches. */
const PIECE = 5_000;

/** As `activities/engine/lane.ts` has it. */
const MORE_LANES_FROM = 200_000;

/** As `activities/conversations/import/complete-small.ts` has it: the import of so few records, threads and messages, also completes them. */
const SMALL = 300;

/** As in the benchmarks and in docs/cost.md. */
export const MESSAGES_OF_A_THREAD = 40;

type Part = 'recent' | 'remaining';

/** The result of an account's migration; times in seconds of the day. */
export interface Outcome {
  readonly account: SimulatedAccount;
  recentAt: number;
  doneAt: number;
  /** The number of messages that lanes have imported. */
  brought: number;
}

/**
 * Simulates an account's migration as the workflows run it:
 *
 * 1. Prepare the account.
 * 2. For four brands at a time: provision, run lanes for the recent messages, then settle and check.
 * 3. Once all brands have their recent messages, the app's user can work, which ends the user's wait.
 * 4. Repeat for the remaining messages. An account's only brand does not wait in between.
 *
 * A part begins with one lane. If too much is left for one, it ends after its first piece, and up to four lanes work concurrently, round by round.
 * A lane ends after two minutes, or when nothing is left. A small part is settled and checked by its only lane, in the same slot.
 */
export function* migrate(
  world: World,
  account: SimulatedAccount,
  recentShare: number,
  outcome: Outcome,
): Process {
  const { clock, times } = world;
  yield* call(world, account, times.prepareSeconds);
  const messages = account.messages / account.brands;
  const brands = Array.from({ length: account.brands }, () => ({ messages, recent: messages * recentShare }));
  yield* fourAtOnce(brands, function* (brand) {
    yield* call(world, account, times.provisionSeconds);
    yield* importPart(world, {
      account,
      part: 'recent',
      messages: brand.recent,
      held: brand.recent,
      outcome,
    });
  });
  outcome.recentAt = clock.now;
  yield* fourAtOnce(brands, (brand) =>
    importPart(world, {
      account,
      part: 'remaining',
      messages: brand.messages - brand.recent,
      held: brand.messages,
      outcome,
    }),
  );
  outcome.doneAt = clock.now;
}

function* fourAtOnce<T>(brands: readonly T[], work: (brand: T) => Process): Process {
  const open = [...brands];
  yield together(
    Array.from({ length: BRANDS_AT_ONCE }, function* (): Process {
      for (let brand = open.shift(); brand !== undefined; brand = open.shift()) yield* work(brand);
    }),
  );
}

interface PartOfBrand {
  readonly account: SimulatedAccount;
  readonly part: Part;
  readonly messages: number;
  /** The brand's messages in the store after the part. */
  readonly held: number;
  readonly outcome: Outcome;
}

function* importPart(world: World, part: PartOfBrand): Process {
  const slices: Slices = { left: part.messages };
  yield* lane(world, part, slices, true);
  while (slices.left > 0) {
    const width = lanesFor(slices.left);
    yield together(Array.from({ length: width }, () => lane(world, part, slices, false)));
  }
  if (!isSmall(part)) yield* onImports(world, part, () => complete(world, part));
}

/** Both parts read the threads of everything that the store then holds. */
export function isSmall({ messages, held }: Pick<PartOfBrand, 'messages' | 'held'>): boolean {
  return messages + held / MESSAGES_OF_A_THREAD <= SMALL;
}

function* complete({ clock, times }: World, { held }: PartOfBrand): Process {
  yield clock.after(times.completeFixedSeconds + held * times.completeSecondsPerMessage);
}

/** The messages that no lane has taken yet. */
interface Slices {
  left: number;
}

function lanesFor(left: number): number {
  return Math.max(1, Math.min(LANES_AT_ONCE, Math.ceil(left / MORE_LANES_FROM)));
}

function lane(world: World, part: PartOfBrand, slices: Slices, isFirst: boolean): Process {
  const { clock, times, laneSeconds } = world;
  return onImports(world, part, function* (machine) {
    const until = clock.now + laneSeconds;
    yield clock.after(times.laneFixedSeconds);
    const isPlanning = isFirst && lanesFor(slices.left) > 1;
    while (slices.left > 0 && clock.now < until) {
      const taken = Math.min(slices.left, PIECE);
      slices.left -= taken;
      yield machine.work(taken / times.messagesPerSecond);
      part.outcome.brought += taken;
      if (isPlanning) return;
    }
    if (isSmall(part)) yield* complete(world, part);
  });
}

function* onImports(
  world: World,
  { account, part }: PartOfBrand,
  work: Parameters<World['imports']['run']>[1],
): Process {
  yield world.clock.after(world.times.workflowTaskSeconds);
  yield* world.imports.run({ priority: priorityOf(world, account, part), fairnessKey: account.id }, work);
}

function priorityOf({ policy }: World, { polled }: SimulatedAccount, part: Part): number {
  if (part === 'recent' && policy.polledFirst && !polled) return PRIORITY.unawaited;
  return PRIORITY[part];
}

function* call({ clock, calls, times }: World, { id }: SimulatedAccount, seconds: number): Process {
  yield clock.after(times.workflowTaskSeconds);
  yield* calls.run({ priority: PRIORITY.call, fairnessKey: id }, function* () {
    yield clock.after(seconds);
  });
}
