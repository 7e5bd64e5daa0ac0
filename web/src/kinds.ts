import type { ComponentType } from 'react';
import type { Failure, ListedMigration, MigrationRef, MigrationView } from './api/types.js';
import { conversations } from './conversations/kind.js';
import { inbox } from './inbox/kind.js';
import { onboarding } from './onboarding/kind.js';

export interface PanelProps {
  readonly of: MigrationRef;
  readonly view: MigrationView;
  readonly row: ListedMigration;
}

export interface KindTab {
  readonly id: string;
  readonly name: string;
  /** How many things in it need a person. */
  count?(view: MigrationView): number;
  readonly Panel: ComponentType<PanelProps>;
}

/** A call, what it is named, and what it will do, in words that are read before it is made. */
export interface KindAction {
  readonly name: string;
  readonly explains: string;
  readonly danger?: boolean;
  /** It cannot be taken back, so the id must be typed. */
  readonly final?: boolean;
  readonly needs: 'steer' | 'reset';
  /** The steering of the kind that it is; without it, it is always there. */
  readonly of?: string;
  /** Whether it applies to a migration in this state. */
  applies(row: ListedMigration, view: MigrationView): boolean;
  call(key: string): Promise<unknown>;
}

/** A number of items, and what became of them. */
export interface Outcome {
  readonly what: string;
  readonly count: number;
  /** Somebody should look at them. */
  readonly isBad?: boolean;
}

/** What the dashboard shows of one kind besides what all kinds have. */
export interface WebKind {
  /** What is counted, in the plural. */
  readonly items: string;
  /** What a unit consists of, in the singular. */
  readonly part: string;
  /** What one migration each is of, in the plural. */
  readonly subjects?: string;
  readonly start?: {
    /** What identifies one. */
    readonly key: string;
    readonly explains: string;
    /** Answers with the reason why it cannot be started. */
    call(key: string): Promise<string | undefined>;
  };
  /** A screen of its own in which one is chosen and started, in place of a key. */
  readonly startScreen?: { readonly to: '/inboxes/move'; readonly explains: string };
  readonly actions: readonly KindAction[];
  readonly tabs: readonly KindTab[];
  /** What became of the items, as the numbers beside the progress; without it only how many are done. The first is what the migration is for. */
  outcome?(view: MigrationView): readonly Outcome[];
  /** Beside the units. */
  readonly Aside?: ComponentType<PanelProps>;
  /** The migration in Temporal's Web UI. */
  temporal?(view: MigrationView): string | null;
  /** The button that does what a failure's next step ends with. */
  remedy?(failure: Failure): { readonly name: string; call(): Promise<unknown> } | undefined;
}

/** A kind that is not here has everything that all kinds have. */
export const WEB_KINDS: Readonly<Record<string, WebKind>> = { conversations, inbox, onboarding };

const PLAIN: WebKind = { items: 'items', part: 'part', actions: [], tabs: [] };

export const webKind = (kind: string): WebKind => WEB_KINDS[kind] ?? PLAIN;
