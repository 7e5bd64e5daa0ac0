import type { Clock } from '../../domain/engine/clock.js';
import type { Environment } from '../environment/read.js';

/** `skipped`: it could not be checked, because of something that another check reports. */
export type State = 'ok' | 'warning' | 'wrong' | 'skipped';

export interface Finding {
  readonly state: State;
  /** The finding, in one sentence. */
  readonly what: string;
  /** The command or the setting that changes it. */
  readonly fix?: string;
}

export interface CheckContext {
  readonly environment: Environment;
  readonly clock: Clock;
  /** How long one check may take. */
  readonly timeoutMs: number;
  /** Aborted when that time is over. */
  readonly signal: AbortSignal;
  /** Send one message to each place that is for people, such as Slack. */
  readonly send: boolean;
}

/** One dependency. */
export interface Check {
  readonly name: string;
  /** The next step for an error whose message has none. */
  readonly advice: string;
  /** What it throws counts as wrong; a ConfigurationError as skipped, because the check of the configuration reports it. */
  run(context: CheckContext): Promise<readonly Finding[]>;
}

export const ok = (what: string): Finding => ({ state: 'ok', what });
export const warning = (what: string, fix: string): Finding => ({ state: 'warning', what, fix });
export const wrong = (what: string, fix: string): Finding => ({ state: 'wrong', what, fix });
export const skipped = (what: string): Finding => ({ state: 'skipped', what });
