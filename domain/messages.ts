/** Signals and queries by name, so that whoever sends them need not import a workflow. */

import type { PortingState } from './porting.js';

export interface Steering {
  /** Who, by the token's `sub`. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

export const SIGNALS = {
  /** To the migration: begin, or, while it runs, try again what has failed. */
  start: 'start',
  pause: 'pause',
  resume: 'resume',
  cancel: 'cancel',
  /** To a number porting: the carrier has called back. */
  portingNews: 'porting-news',
} as const;

export const QUERIES = {
  progress: 'progress',
} as const;

export type StartSignal = Steering;
export type PauseSignal = Steering;
export type ResumeSignal = Steering;
export type CancelSignal = Steering;
export type PortingNewsSignal = PortingState;

export interface MigrationInput {
  readonly accountId: string;
}

export interface BrandMigrationInput {
  readonly accountId: string;
  readonly brandId: string;
  /** One after the other, in this order; an account of one brand does both in one run. */
  readonly parts: readonly ('recent' | 'remaining')[];
  /** The migration was paused as the child was started. */
  readonly paused: boolean;
}

export interface NumberPortingInput {
  readonly accountId: string;
  readonly channelId: string;
  /** After how long an order that has said nothing is asked for the first time; doubles, up to a day. */
  readonly pollSeconds: number;
}
