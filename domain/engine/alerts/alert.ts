/** An alert: something that needs a person at once. It contains no names, numbers or texts of people. */

import type { FailureType } from '../failures/failures.js';
import type { ReportEntry } from '../failures/report.js';

/** The contents of the alert: ids, counts, types and the next step. */
export interface AlertText {
  /** One of the kind's sorts of failures. */
  readonly sort: string;
  /** The sort in words, as in the report. */
  readonly title: string;
  /** Empty if it concerns no single migration. */
  readonly subject: string;
  /** Empty if it concerns the whole migration. */
  readonly unit: string;
  readonly what: string;
  /** The failure's type, if it has one. */
  readonly type: string | null;
  readonly count: number;
  /** ISO 8601. */
  readonly since: string;
  readonly next_step: string;
  /** The command that fixes it. */
  readonly command: string;
}

/** Something that needs a person, as it is found. */
export interface AlertCondition extends AlertText {
  /** Stable as long as it is the same thing, and unique among things of its kind. */
  readonly key: string;
}

/** The events of an alert. */
export type AlertEvent = 'raised' | 'resolved';

/** A message about an alert. */
export interface AlertMessage {
  /** The store's id of the alert. */
  readonly alertId: string;
  readonly event: AlertEvent;
  /** Receivers know the alert by it. */
  readonly publicId: string;
  readonly kind: string;
  /** The time of the event. */
  readonly at: Date;
  readonly told: AlertText;
}

export const DESTINATIONS = ['webhook', 'slack'] as const;
export type DestinationName = (typeof DESTINATIONS)[number];

export interface AboutAlert {
  /** Distinguishes the subject from others of the same sort. */
  readonly id: string;
  readonly title: string;
  readonly type?: FailureType | undefined;
}

/** The alert of an entry of the report. The entry's message is left out: it may quote the source, the carrier or Temporal. */
export function alertOfEntry(entry: Omit<ReportEntry, 'message'>, about: AboutAlert): AlertCondition {
  const { kind, account_id: subject, brand_id: unit, what, since, count, next_step, command } = entry;
  const { id, title, type } = about;
  return {
    key: `${kind}/${id}`,
    ...{ sort: kind, title, subject, unit, what },
    type: type ?? null,
    ...{ count, since, next_step, command },
  };
}

/** The sort of alerts about waves, which concern no single migration. */
export const WAVES = 'waves';

const WAIT_SECONDS = [5, 30, 60, 120, 300, 600];
const LONGEST_SECONDS = 900;

/** How long to wait after a message's `tries`-th failed try; the destination may ask for more, up to an hour. */
export function waitAfter(tries: number, retryAfterSeconds: number | undefined): number {
  const own = WAIT_SECONDS[tries - 1] ?? LONGEST_SECONDS;
  return Math.max(own, Math.min(retryAfterSeconds ?? 0, 3_600));
}
