import { minus, NOTHING, plus, released } from '../../../../domain/engine/tally.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import { correctImportTally } from '../check/import-tallies.js';
import { importPhase, MESSAGES, THREADS } from '../import/phases.js';
import { correctTallies } from '../../work/tallies.js';
import type { Transaction } from '../../sql/transaction.js';
import type { MessageState } from './message-states.js';
import { countedIn, hasTally } from './standing.js';
import type { Standing } from './standing.js';
import type { ThreadState } from './thread-states.js';

/** Finds a brand of the account by the store's id. */
export type FindBrand = (brandId: string) => Promise<Standing | undefined>;

/** Corrects the tallies of the account's brands by how messages have changed, so that they match what is held. */
export async function correctMessages(
  tx: Transaction,
  brandOf: FindBrand,
  before: readonly MessageState[],
  after: readonly MessageState[],
): Promise<void> {
  const ledger = new Ledger();
  for (const [states, sign] of signed(before, after))
    for (const state of states) {
      if (state.brandId === null) continue;
      const standing = await brandOf(state.brandId);
      const tally = tallyOfMessage(state);
      if (standing) ledger.add(standing, state.phase ?? countedIn(standing, state.rangeKey), sign(tally));
      // A record that another account had in quarantine has moved to this one.
      else if (state.place === 'quarantined') await takeFromAnother(tx, state.brandId, sign(tally));
    }
  await ledger.write(tx, MESSAGES);
}

async function takeFromAnother(tx: Transaction, brandId: string, { read }: Tally): Promise<void> {
  await correctImportTally(tx, brandId, '', MESSAGES, released(-read));
}

function tallyOfMessage({ place, isCounted, digest, attachments, attachmentsDigest }: MessageState): Tally {
  if (place === 'quarantined') return { ...NOTHING, read: Number(isCounted), quarantined: Number(isCounted) };
  return { ...NOTHING, read: 1, taken: 1, digest, parts: attachments, partsDigest: attachmentsDigest };
}

/** The same for source threads, which are counted in the phase that has read them last. */
export async function correctThreads(
  tx: Transaction,
  brandOf: FindBrand,
  before: readonly ThreadState[],
  after: readonly ThreadState[],
): Promise<void> {
  const ledger = new Ledger();
  for (const [states, sign] of signed(before, after))
    for (const state of states) {
      const standing = await brandOf(state.brandId);
      if (standing && state.phase !== null && state.isCounted)
        ledger.add(standing, state.phase, sign(tallyOfThread(state)));
    }
  await ledger.write(tx, THREADS);
}

function tallyOfThread({ place, digest }: ThreadState): Tally {
  return place === 'source'
    ? { ...NOTHING, read: 1, taken: 1, digest }
    : { ...NOTHING, read: 1, quarantined: 1 };
}

type Sign = (tally: Tally) => Tally;

function signed<State>(before: readonly State[], after: readonly State[]): [readonly State[], Sign][] {
  return [
    [before, (tally) => minus(NOTHING, tally)],
    [after, (tally) => tally],
  ];
}

class Ledger {
  /** By the brand's id in the store. */
  readonly #brands = new Map<string, { standing: Standing; sums: Map<string, Tally> }>();

  add(standing: Standing, phase: string, tally: Tally): void {
    const { id } = standing.brand;
    const { sums } = this.#brands.get(id) ?? { sums: new Map<string, Tally>() };
    sums.set(phase, plus(sums.get(phase) ?? NOTHING, tally));
    this.#brands.set(id, { standing, sums });
  }

  /**
   * A message that arrived before its phase was planned is counted in the other phase. What a phase has not counted is therefore subtracted from the
   * other.
   */
  async write(tx: Transaction, stage: string): Promise<void> {
    for (const { standing, sums } of this.#brands.values())
      await correctTallies(
        tx,
        stage,
        [...sums]
          .filter(([phase]) => hasTally(standing, phase))
          .map(([phase, tally]) => [importPhase(standing.brand, phase), tally]),
      );
  }
}
