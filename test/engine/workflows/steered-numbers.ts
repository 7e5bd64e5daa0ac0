/** How the API steers the test's second kind: all that a kind writes for pause, resume, cancel, retry, verify and undo. */

import { Type } from 'typebox';
import type { ApiKind } from '../../../api/engine/kind.js';
import { Problem } from '../../../api/http/problems.js';
import { Named } from '../../../api/schemas/common.js';
import { SIGNALS } from '../../../domain/engine/messages.js';
import { listMigrations } from '../../../gateways/store/migrations/migrations-list.js';
import { steeredRows } from '../../../gateways/store/migrations/steered-rows.js';
import { addWorkflowMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import { endVerification } from '../../../gateways/store/proof/verifications.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { TemporalKind } from '../../../gateways/temporal/kind.js';

export const NUMBERS = 'numbers';
export const NUMBERS_AT_TEMPORAL: TemporalKind = {
  migration: {
    type: 'NumbersWorkflow',
    summary: (file) => `File ${file}: numbers`,
    details: 'Copies the numbers of a file.',
  },
  verification: {
    type: 'ComparisonWorkflow',
    summary: (file) => `File ${file}: compared`,
    details: 'Compares the numbers of a file.',
  },
};

export const ROWS = steeredRows(NUMBERS, { running: 'running', cancelled: 'cancelled', failed: 'failed' });
const workflowId = (file: string) => `numbers:${file}`;

export function numbersKind({ store }: { readonly store: Store }): ApiKind {
  const unknown = () => new Problem('not-found', 'There is no such file.');
  const read = async (file: string) => {
    const held = await transaction(store.control, 'read-file', (tx) => ROWS.lock(tx, file));
    if (held === undefined) throw unknown();
    return held;
  };
  return {
    name: NUMBERS,
    title: 'Numbers of files',
    subject: 'file',
    units: 'ranges',
    phases: ['positive', 'negative'],
    statuses: ['running', 'done', 'cancelled', 'failed', 'undone'],
    standing: (status) => (status === 'running' || status === 'failed' ? status : 'done'),
    view: Named('File', { status: Type.String() }),
    read: async (file) => ({ status: (await read(file)).status }),
    async list(filter) {
      const listed = await listMigrations(store.pool, NUMBERS, filter);
      return listed.map(({ steering, ...file }) => ({
        ...file,
        phase: 'positive',
        progress: { done: 0, planned: 0 },
        paused: steering.paused ?? null,
        needsAttention: false,
      }));
    },
    async assertKnown(file) {
      await read(file);
    },
    steered: {
      migrations: ROWS,
      workflowId,
      isDone: (status) => status === 'done',
      unknown,
      verification: {
        workflowId: (file) => `${workflowId(file)}/comparison`,
        refusal: (status) => (status === 'running' ? 'The file is still being copied.' : undefined),
        end: endVerification,
      },
      async retry(tx, file, { subject: by, at }) {
        const status = await ROWS.start(tx, file, by);
        const payload = { by, at };
        const migration = { kind: NUMBERS, subject: file };
        await addWorkflowMessage(tx, {
          migration,
          workflowId: workflowId(file),
          signal: SIGNALS.start,
          payload,
        });
        return status;
      },
      undo: (tx, file) => ROWS.setStatus(tx, file, 'undone'),
    },
    failures: { kinds: [], isPosition: () => false, list: async () => [] },
    report: async () => ({
      at: '2026-03-01T10:00:00.000Z',
      since: null,
      counts: {},
      waived: 0,
      entries: [],
    }),
  };
}
