import { type Clock, timestamp } from '../../../domain/engine/clock.js';
import { NOTE_EXPIRES_SECONDS, writeNote } from '../../../gateways/store/work/notes.js';
import type { PhaseRef } from '../../../gateways/store/work/phase-ref.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';

/** An answer of a source that throttles. */
export interface Throttled {
  /** A name that phases give in their `sources`. */
  readonly source: string;
  /** What was read, in words: `the index by_brand of the table messages`. */
  readonly what: string;
  /** The source's own code. */
  readonly code: string;
}

interface Spell {
  readonly since: string;
  times: number;
  /** By the clock's elapsed time. */
  heardAt: number;
  writtenAt: number;
}

/** A note is renewed this long after it was written: far less often than answers arrive, but before it expires. */
const RENEW_MS = 10_000;

/**
 * Notes on the phases in progress that their source throttles them, for operators. Writes a row for each phase when throttling begins, and again
 * every ten seconds while it lasts; afterwards the note expires.
 */
export class ThrottleNotes {
  readonly #phases = new Map<object, { readonly phase: PhaseRef; readonly sources: readonly string[] }>();
  readonly #spells = new Map<string, Spell>();
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly options: { readonly clock: Clock; readonly pool: Pool }) {}

  /** Attributes throttled answers of these sources during `work` to this phase. */
  async during<T>(sources: readonly string[], phase: PhaseRef, work: () => Promise<T>): Promise<T> {
    const entry = {};
    this.#phases.set(entry, { phase, sources });
    try {
      return await work();
    } finally {
      this.#phases.delete(entry);
    }
  }

  /** Called for every throttled answer. Never waits, and never throws. */
  readonly heard = ({ source, what, code }: Throttled): void => {
    const { clock, pool } = this.options;
    const now = clock.elapsed();
    const phases = [...this.#phases.values()].filter(({ sources }) => sources.includes(source));
    const known = this.#spells.get(source);
    const lasts = known !== undefined && now - known.heardAt < NOTE_EXPIRES_SECONDS * 1_000;
    const spell = lasts ? known : { since: timestamp(clock), times: 0, heardAt: now, writtenAt: -RENEW_MS };
    this.#spells.set(source, spell);
    spell.times += 1;
    spell.heardAt = now;
    if (phases.length === 0 || now - spell.writtenAt < RENEW_MS) return;
    spell.writtenAt = now;
    const { since, times } = spell;
    const refs = phases.map(({ phase }) => phase);
    // A note that cannot be written is written next time, or is missing.
    const write = () =>
      writeNote(pool, refs, 'throttled', { what, code, since, times }).catch(() => undefined);
    this.#writing = this.#writing.then(write);
  };

  /** Waits for the last note to be written. */
  async close(): Promise<void> {
    await this.#writing;
  }
}
