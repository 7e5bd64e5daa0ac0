/** What this gateway must know of a kind of migration to start its workflows, which it knows by name alone. */

import type { Client } from '@temporalio/client';
import type { BusinessNames } from '../../domain/engine/business-names.js';
import type { Named, WorkflowMessage } from '../store/migrations/workflow-messages.js';

export interface TemporalKind {
  readonly migration: WorkflowOfKind;
  /** Left out by a kind that is not verified. */
  readonly verification?: WorkflowOfKind;
  /** By signal, what starts a workflow that only this kind has. Any other message is a signal to a workflow that runs. */
  readonly starts?: Readonly<Record<string, (message: Named<WorkflowMessage>) => SignalledStart>>;
}

/** A workflow of one subject. */
export interface WorkflowOfKind {
  readonly type: string;
  /** For lists of workflows: on one line, and within Temporal's limit. */
  summary(subject: string, names: BusinessNames | undefined): string;
  /** Of the workflow's page. */
  readonly details: string;
}

type Start = Parameters<Client['workflow']['start']>[1];
type Signalled = Pick<Parameters<Client['workflow']['signalWithStart']>[1], 'signal' | 'signalArgs'>;

/** A workflow to be started or found running; the caller knows the task queue. */
export interface WorkflowStart {
  readonly type: string;
  readonly options: Omit<Start, 'taskQueue'>;
}

/** The same, and what it is told. */
export interface SignalledStart extends WorkflowStart {
  readonly signalled: Signalled;
}
