import { LEFT_REASONS, type LeftReason } from './identity.js';

/** A migration's row with names; ids as in JSON, times in ISO 8601. */
export interface MigrationRow {
  readonly id: number;
  readonly status: MigrationStatus;
  readonly source_inbox: InboxView;
  readonly destination_inbox: InboxView;
  readonly counts: Readonly<Record<CountedThing, { readonly total: number; readonly moved: number }>>;
  readonly contacts_merged: number;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly duration_seconds: number | null;
  readonly error: string | null;
  readonly initiated_by: string | null;
  readonly left: Readonly<Partial<Record<LeftReason, number>>>;
  readonly reverses: number | null;
  readonly reversed_by: number | null;
}

export const MIGRATION_STATUSES = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export type MigrationStatus = (typeof MIGRATION_STATUSES)[number];

export function isUnderWay(status: MigrationStatus): boolean {
  return status === 'queued' || status === 'running';
}

export const COUNTED_THINGS = ['conversations', 'messages', 'attachments', 'contact_inboxes'] as const;
export type CountedThing = (typeof COUNTED_THINGS)[number];

/** Its name and type are null once it is deleted. */
export interface InboxView {
  readonly id: number;
  readonly name: string | null;
  readonly channel_type: string | null;
}

/** A migration as Chatwoot's people see it. */
export function migrationView(row: MigrationRow) {
  const { id, status, source_inbox, destination_inbox, counts, contacts_merged, error, initiated_by } = row;
  const { created_at, started_at, completed_at, duration_seconds, left, reverses, reversed_by } = row;
  return {
    ...{ id, status, source_inbox, destination_inbox },
    progress: { percentage: percentageOf(row), ...counts, contacts_merged },
    timing: { created_at, started_at, completed_at, duration_seconds },
    ...{ error, initiated_by, left: allReasons(left), reverses, reversed_by },
  };
}

/** 0 for reasons without conversations. */
export function allReasons(left: MigrationRow['left']): Readonly<Record<LeftReason, number>> {
  const counts = LEFT_REASONS.map((reason) => [reason, left[reason] ?? 0] as const);
  return Object.fromEntries(counts) as Record<LeftReason, number>;
}

/** Whole; 100 only when completed. */
export function percentageOf({ status, counts }: Pick<MigrationRow, 'status' | 'counts'>): number {
  if (status === 'completed') return 100;
  const all = Object.values(counts);
  const total = all.reduce((sum, count) => sum + count.total, 0);
  const moved = all.reduce((sum, count) => sum + count.moved, 0);
  return total === 0 ? 0 : Math.min(99, Math.floor((100 * moved) / total));
}

/** The contents of a preview, encoded in its id: a request for one writes nothing, so the preview is not stored. */
export interface Shown {
  readonly source: string;
  readonly destination: string;
  /** These must not differ by more than a twentieth when the move begins. */
  readonly counts: readonly number[];
}

export function writePreviewId({ source, destination, counts }: Shown): string {
  return ['p1', source, destination, ...counts.map(String)].join('-');
}

/** Undefined for a text that is not a preview's id. */
export function readPreviewId(text: string): Shown | undefined {
  if (!/^p1(-[0-9]{1,19}){3,12}$/.test(text)) return undefined;
  const [, source = '', destination = '', ...counts] = text.split('-');
  return { source, destination, counts: counts.map(Number) };
}

/** Whether a decision made from the preview still holds for the current data. */
export function isStillTrue(shown: Shown, now: Shown): boolean {
  return (
    shown.source === now.source &&
    shown.destination === now.destination &&
    shown.counts.length === now.counts.length &&
    shown.counts.every((count, n) => Math.abs(count - (now.counts[n] ?? 0)) <= count / 20)
  );
}
