import type { SampleOptions } from '../../dev/sample/generator/options.js';
import type { Scene } from './scene.js';

/** One row of the table of faults. */
export interface Fault {
  readonly name: string;
  /** The fault, as a heading. */
  readonly title: string;
  /** The account whose migration it disturbs. */
  readonly account: Omit<SampleOptions, 'now' | 'attachmentsBaseUrl' | 'accountId' | 'seed'>;
  /**
   * Begins the account's migration and injects the fault. Returns what was done, with figures. When it returns, at least one worker runs, and
   * nothing blocks the migration any more. Throws DrillFailure.
   */
  inject(scene: Scene): Promise<string>;
}
