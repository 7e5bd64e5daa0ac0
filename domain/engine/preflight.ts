/**
 * What a start would do, found out without writing anything. The document is the API's answer and a workflow's result, so it holds ids, counts,
 * reasons and names of businesses, never records.
 */

/** Bounds of a number. `high` is null without an upper bound. */
export interface Estimate {
  readonly low: number;
  readonly high: number | null;
  /** Counted, not estimated. */
  readonly exact: boolean;
}

/**
 * `begins`: it was never started. `continues`: it does the remaining work. `runs`: it is already under way, so a start changes nothing. `done`:
 * nothing is left to do. `refused`: it would end at once, with the reason.
 */
export const START_OUTCOMES = ['begins', 'continues', 'runs', 'done', 'refused'] as const;
export type StartOutcome = (typeof START_OUTCOMES)[number];

export interface Preflight {
  /** ISO 8601. */
  readonly at: string;
  readonly name: string | null;
  readonly start: {
    readonly outcome: StartOutcome;
    readonly sentence: string;
    readonly next_step: string | null;
  };
  /** Units with work left; the first hundred are listed. */
  readonly units: {
    readonly total: number;
    /** Units of which records were read. */
    readonly surveyed: number;
    readonly listed: readonly PreflightUnit[];
  };
  readonly parts: PreflightParts;
  readonly ports: {
    /** Numbers that would be ordered. */
    readonly to_order: number;
    /** Orders that are under way already. */
    readonly open: number;
    readonly ended: number;
  };
  /** Records that would be read, by stage. */
  readonly records: readonly ({ readonly stage: string } & Estimate)[];
  /** Bytes of these records, as the source stores them. */
  readonly bytes: Estimate;
  readonly sample: PreflightSample;
  readonly quarantine: PreflightQuarantine;
  readonly time: { readonly seconds: Range | null; readonly basis: string };
  readonly cost: PreflightCost;
  /** What was not checked, a sentence each. */
  readonly unchecked: readonly string[];
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface PreflightUnit {
  readonly unit: string;
  readonly name: string | null;
  /** A status of the kind's own. */
  readonly status: string;
  /** The phases that it has not completed. */
  readonly phases: readonly string[];
  /** Null if its records were not looked at. */
  readonly records: readonly ({ readonly stage: string } & Estimate)[] | null;
}

/** Parts of units that have to be created before records are read, such as channels. */
export interface PreflightParts {
  readonly total: number;
  readonly made: number;
  readonly to_make: number;
  readonly impossible: number;
  /** Why; the first hundred. */
  readonly problems: readonly {
    readonly unit: string;
    readonly part: string | null;
    readonly reason: string;
    readonly next_step: string;
  }[];
}

export interface PreflightSample {
  readonly records: number;
  readonly bytes: number;
  readonly pages: number;
  /** The sample is everything that would be read. */
  readonly complete: boolean;
  /** Why sampling ended early; null if it did not. */
  readonly stopped: string | null;
}

/** The sampled records that would be quarantined. */
export interface PreflightQuarantine {
  readonly records: number;
  readonly reasons: readonly {
    readonly table: string;
    readonly cause: string;
    readonly reason: string;
    readonly records: number;
    readonly next_step: string;
    /** Keys of some of them, as `quarantine show` names them. */
    readonly examples: readonly string[];
  }[];
}

export interface PreflightCost {
  readonly dollars: Range | null;
  readonly temporal_actions: Range | null;
  /** Of the source's tables, not of a dump. */
  readonly read_units: Range | null;
  readonly basis: string;
}

/** Of the listed items. */
export const LISTED = 100;

export const NONE: Estimate = { low: 0, high: 0, exact: true };

export function exactly(count: number): Estimate {
  return { low: count, high: count, exact: true };
}

export function sumOf(estimates: readonly Estimate[]): Estimate {
  return estimates.reduce(
    (sum, { low, high, exact }) => ({
      low: sum.low + low,
      high: sum.high === null || high === null ? null : sum.high + high,
      exact: sum.exact && exact,
    }),
    NONE,
  );
}
