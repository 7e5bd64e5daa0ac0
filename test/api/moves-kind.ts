import { Type } from 'typebox';
import type { ApiKind } from '../../api/engine/kind.js';
import { Problem } from '../../api/http/problems.js';
import { Named } from '../../api/schemas/common.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { listMigrations } from '../../gateways/store/migrations/migrations-list.js';
import type { LockedMigration } from '../../gateways/store/migrations/steered.js';
import { steeredRows } from '../../gateways/store/migrations/steered-rows.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import type { TemporalKind } from '../../gateways/temporal/kind.js';

const STATUSES = ['running', 'completed', 'cancelled', 'failed', 'undone'] as const;
const ROWS = steeredRows('moves', { running: 'running', cancelled: 'cancelled', failed: 'failed' });

const Move = Named('Move', {
  from: Type.String(),
  status: Type.Enum([...STATUSES], { type: 'string' }),
  moved: Type.Integer(),
  paused: Type.Boolean(),
});

/** How Temporal starts it. */
export const MOVES_AT_TEMPORAL: TemporalKind = {
  migration: { type: 'MoveWorkflow', summary: (key) => `Move ${key}`, details: 'Moves what is in a room.' },
};

/** Starts a move with this status. */
export async function addMove(
  store: Store,
  key: string,
  status: (typeof STATUSES)[number] = 'running',
): Promise<void> {
  await transaction(store.control, 'add-move', async (tx) => {
    await ROWS.start(tx, key, 'somebody');
    await ROWS.setStatus(tx, key, status);
  });
}

/**
 * The API's half of a second kind, which is nothing like conversations: its keys are pairs, it has one phase, it can be undone, it is neither
 * verified nor certified, and failures are not retried.
 */
export function movesKind({ store }: { readonly store: Store }): ApiKind {
  const unknown = () => new Problem('not-found', 'There is no such move.');
  const held = async (key: string): Promise<LockedMigration> => {
    const found = await transaction(store.control, 'read-move', (tx) => ROWS.lock(tx, key));
    if (found === undefined) throw unknown();
    return found;
  };
  return {
    name: 'moves',
    title: 'Moves between rooms',
    subject: 'move',
    units: 'rooms',
    phases: ['everything'],
    statuses: STATUSES,
    standing: (status) => (status === 'failed' ? 'failed' : status === 'running' ? 'running' : 'done'),
    view: Move,
    async read(key) {
      const { status, steering } = await held(key);
      return { from: key.split(':')[0], status, moved: 0, paused: steering.paused !== undefined };
    },
    async list(filter) {
      const listed = await listMigrations(store.pool, 'moves', filter);
      return listed.map(({ key, status, changedAt, steering }) => ({
        key,
        name: `Room ${key}`,
        status,
        phase: 'everything',
        progress: { done: 0, planned: 10 },
        paused: steering.paused ?? null,
        needsAttention: key === '1:4',
        changedAt,
      }));
    },
    async assertKnown(key) {
      await held(key);
    },
    steered: {
      migrations: ROWS,
      workflowId: (key) => `moves:${key}`,
      isDone: (status) => status === 'completed',
      unknown,
      undo: (tx, key) => ROWS.setStatus(tx, key, 'undone'),
    },
    explained: {
      words: {
        subject: 'move',
        unit: 'room',
        units: 'rooms',
        records: 'boxes',
        source: 'the old house',
        others: 'the neighbours',
        doing: ({ activity }) => activity,
        command: (...words) => carryoverCommand(...words, '--kind', 'moves'),
      },
      async read(key, status) {
        await held(key);
        return { outcome: status === 'completed' ? 'done' : 'open', failures: [], waits: [] };
      },
    },
    failures: {
      kinds: ['door-locked'],
      isPosition: ({ id }) => /^\d+$/.test(id),
      list: async ({ kind, key, after, limit }) =>
        [1, 2, 3]
          .filter((id) => id > Number(after?.id ?? 0) && (key ?? '1:4') === '1:4')
          .slice(0, limit)
          .map((id) => ({
            id: String(id),
            kind: kind ?? 'door-locked',
            key: '1:4',
            unit: `room ${id}`,
            what: `door of room ${id}`,
            since: '2026-03-01T10:00:00.000Z',
            times: 1,
            message: 'It is locked.',
            next_step: 'Unlock it.',
            command: 'carryover retry --kind moves 1:4',
          })),
    },
    report: async (since) => ({
      at: '2026-03-01T10:00:00.000Z',
      since: since?.toISOString() ?? null,
      counts: { 'door-locked': 3 },
      waived: 0,
      entries: [],
    }),
  };
}
