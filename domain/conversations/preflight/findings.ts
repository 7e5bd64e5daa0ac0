import type { PreflightQuarantine } from '../../engine/preflight.js';
import { adviceFor, THREAD_NOT_TAKEN } from '../records/quarantine-reasons.js';
import type { QuarantinedRecord } from '../records/rows.js';

const EXAMPLES = 3;
/** In quarantine a thread's messages are listed under it; here the thread may not be in the sample. */
const CORRECT_THREAD = 'Correct the record of its thread in Conversations; its messages are then taken too.';
/** Reasons name attributes, so a strange source could have thousands. */
const REASONS = 50;

interface Finding {
  readonly table: string;
  readonly reason: string;
  readonly examples: string[];
  records: number;
}

/** The sampled records that an import would quarantine, by reason. Keeps their keys only. */
export class Findings {
  readonly #byReason = new Map<string, Finding>();

  add({ sourceTable, reason, sourceKey }: QuarantinedRecord): void {
    this.count(sourceTable, reason, sourceKey, 1);
  }

  count(table: string, reason: string, example: string, records: number): void {
    const key = `${table} ${reason}`;
    const finding = this.#byReason.get(key) ?? { table, reason, examples: [], records: 0 };
    this.#byReason.set(key, finding);
    finding.records += records;
    if (finding.examples.length < EXAMPLES) finding.examples.push(example);
  }

  /** The most frequent reasons first. */
  get view(): PreflightQuarantine {
    const all = [...this.#byReason.values()].toSorted((a, b) => b.records - a.records);
    return {
      records: all.reduce((sum, { records }) => sum + records, 0),
      reasons: all.slice(0, REASONS).map(({ table, reason, records, examples }) => {
        const { cause, nextStep } = adviceFor(table, reason);
        return {
          ...{ table, cause, reason, records, examples },
          next_step: reason === THREAD_NOT_TAKEN ? CORRECT_THREAD : nextStep,
        };
      }),
    };
  }
}
