/** What this gateway needs from a kind of migration to start its workflows, which it knows only by name. */

import type { Client } from '@temporalio/client';
import type { Names } from '../../domain/engine/web-ui/business-names.js';
import type { Named, WorkflowMessage } from '../store/migrations/workflow-messages.js';

export interface TemporalKind {
  readonly migration: WorkflowOfKind;
  /** Undefined for a kind without verification. */
  readonly verification?: WorkflowOfKind;
  /** Answers what a start of the subject would do; undefined if nothing does. */
  readonly preflight?: (subject: string) => WorkflowStart;
  /** By signal: how to start a workflow that only this kind has. Any other message is a signal to a running workflow. */
  readonly starts?: Readonly<Record<string, (message: Named<WorkflowMessage>) => SignalledStart>>;
}

/** A workflow of one subject. */
export interface WorkflowOfKind {
  readonly type: string;
  /** For lists of workflows: one line, within Temporal's limit. */
  summary(subject: string, names: Names | undefined): string;
  /** For the workflow's page. */
  readonly details: string;
}

type Start = Parameters<Client['workflow']['start']>[1];
type Signalled = Pick<Parameters<Client['workflow']['signalWithStart']>[1], 'signal' | 'signalArgs'>;

/** A workflow to start, or to find running. The caller adds the task queue. */
export interface WorkflowStart {
  readonly type: string;
  readonly options: Omit<Start, 'taskQueue'>;
}

/** The same, with a signal. */
export interface SignalledStart extends WorkflowStart {
  readonly signalled: Signalled;
}
