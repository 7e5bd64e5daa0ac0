import type { Migration } from './lines.js';

/** The answer of `GET /v2/kinds/inbox/migrations/{key}`. */
export interface InboxView {
  readonly account_id: number;
  readonly source_inbox_id: number;
  readonly status: Migration['status'];
  readonly verification: Verification | null;
  readonly migrations: readonly Migration[];
}

export interface Verification {
  readonly state: 'running' | 'equal' | 'unequal' | 'failed';
  readonly conversations: number;
  readonly broken: readonly {
    readonly what: string;
    readonly count: number;
    readonly conversations: readonly string[];
    readonly rules: readonly string[];
  }[];
}
