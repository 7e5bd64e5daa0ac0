import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { Clock } from '../../../domain/engine/clock.js';
import { CarryoverError, type Failure } from '../../../domain/engine/failures/failures.js';
import { plainWords } from '../../../domain/engine/plain-words.js';
import { type NextStep, nextStep } from '../../../domain/engine/waves/next-step.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import {
  holdMembers,
  nextMembers,
  recordStarts,
  settleMembers,
  type StartedMember,
  stillWaiting,
} from '../../../gateways/store/waves/steps.js';
import { countMembers } from '../../../gateways/store/waves/read.js';
import { lockWave, setWaveState } from '../../../gateways/store/waves/waves.js';
import type { ApiKind, KindStarts, PreparedStart } from '../kind.js';

/** Of one step, so that its transaction stays short; the next step follows at once. */
const STARTS_AT_ONCE = 50;
/** Questions to the source at once. */
const PREPARED_AT_ONCE = 8;

export interface WaveWorld {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'error'>;
}

/**
 * Does the next step of a wave, and returns how many members were started; undefined if another process is working on the wave:
 *
 * 1. In a transaction, lock the wave, take over how its members' migrations have ended, and decide: end, stop, wait, or start some.
 * 2. Outside of it, ask the source about those that are to be started. One that it cannot be asked about now waits, with the reason, and is tried
 *    again after a minute.
 * 3. In a second transaction, lock the wave, decide again, and start those that still wait; their states commit with their starts.
 *
 * MUST start a member in the transaction that changes its state: a process that dies leaves both or none, and of two processes the second finds
 * that the member no longer waits. Throws StoreUnavailable.
 */
export async function stepWave(world: WaveWorld, kind: ApiKind, id: string): Promise<number | undefined> {
  const { starting } = kind;
  if (starting === undefined) return 0;
  const keys = await transaction(world.store.control, 'step-wave', async (tx) => {
    const wave = await lockWave(tx, id, true);
    if (wave === undefined) return undefined;
    await settleMembers(tx, wave, endsOf(kind));
    const step = nextStep(wave, await countMembers(tx, wave), world.clock.now());
    if (step.do === 'end') await setWaveState(tx, wave, 'done');
    if (step.do === 'stop') await setWaveState(tx, wave, 'stopped');
    return step.do === 'start' ? nextMembers(tx, wave, Math.min(step.most, STARTS_AT_ONCE)) : [];
  });
  if (keys === undefined || keys.length === 0) return keys?.length;
  const { prepared, held } = await prepareAll(world, starting, id, keys);
  if (held.length > 0)
    await transaction(world.store.control, 'hold-members', (tx) => holdMembers(tx, { id }, held));
  return (await startSome(world, starting, id, prepared)).length;
}

function endsOf({ statuses, standing }: ApiKind) {
  return {
    done: statuses.filter((status) => standing(status) === 'done'),
    failed: statuses.filter((status) => standing(status) === 'failed'),
  };
}

async function prepareAll({ log }: WaveWorld, starting: KindStarts, id: string, keys: readonly string[]) {
  const limit = pLimit(PREPARED_AT_ONCE);
  const held: { readonly key: string; readonly failure: Failure }[] = [];
  const asked = keys.map((key) =>
    limit(async () => {
      try {
        return [await starting.prepare(key)];
      } catch (error) {
        if (isStoreAway(error)) throw error;
        const isKnown = error instanceof CarryoverError;
        if (!isKnown) log.error({ err: error, wave: id, key }, 'a member of a wave cannot be prepared');
        held.push({
          key,
          failure: { type: isKnown ? error.type : 'Unexpected', message: plainWords(error) },
        });
        return [];
      }
    }),
  );
  return { prepared: (await Promise.all(asked)).flat(), held };
}

async function startSome(
  { store, clock, log }: WaveWorld,
  starting: KindStarts,
  id: string,
  prepared: readonly PreparedStart[],
): Promise<readonly StartedMember[]> {
  const start = (starts: readonly PreparedStart[]) =>
    transaction(store.control, 'start-members', async (tx) => {
      const wave = await lockWave(tx, id);
      const step: NextStep | undefined = wave && nextStep(wave, await countMembers(tx, wave), clock.now());
      if (wave === undefined || step?.do !== 'start') return [];
      const waiting = await stillWaiting(
        tx,
        wave,
        starts.map(({ key }) => key),
      );
      const due = new Set(waiting.slice(0, step.most));
      const these = starts.filter(({ key }) => due.has(key));
      const unwritable = these.flatMap(({ key, refused: failure }) =>
        failure?.type === 'Unexpected' ? [{ key, state: 'refused' as const, failure }] : [],
      );
      // The audit names the person who created the wave.
      const begun = await starting.begin(
        tx,
        these.filter(({ refused }) => refused?.type !== 'Unexpected'),
        wave.creator,
      );
      const started = [...unwritable, ...begun];
      await recordStarts(tx, wave, started);
      return started;
    });
  /** A member that can never be started must not keep the others waiting. */
  const refuse = (one: PreparedStart, cause: unknown) => {
    if (isStoreAway(cause)) throw cause;
    log.error({ err: cause, wave: id, key: one.key }, 'a member of a wave cannot be started');
    const failure: Failure = {
      type: 'Unexpected',
      message: `The start of ${one.key} could not be written: ${plainWords(cause)}.`,
    };
    return start([{ ...one, refused: failure }]);
  };
  try {
    return await start(prepared);
  } catch (error) {
    if (isStoreAway(error)) throw error;
    // One of them cannot be written; each is tried alone, so that the others are started.
    const alone: StartedMember[] = [];
    for (const one of prepared) alone.push(...(await start([one]).catch((cause) => refuse(one, cause))));
    return alone;
  }
}

function isStoreAway(error: unknown): boolean {
  return error instanceof CarryoverError && error.type === 'StoreUnavailable';
}
