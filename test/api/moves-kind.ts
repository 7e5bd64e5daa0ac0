import { Type } from 'typebox';
import type { ApiKind, ListedMigration, Steering, SteeringName } from '../../api/engine/kind.js';
import { Problem } from '../../api/problems.js';
import { Named } from '../../api/schemas/common.js';
import { STATUS_CHANNEL, statusNotice } from '../../domain/engine/ids.js';
import { addAuditEntry } from '../../gateways/store/migrations/audit.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { notify } from '../../gateways/store/sql/listener.js';
import { transaction } from '../../gateways/store/sql/transaction.js';

const STATUSES = ['queued', 'running', 'completed', 'undone'] as const;

const Move = Named('Move', {
  from: Type.String(),
  status: Type.Enum([...STATUSES], { type: 'string' }),
  moved: Type.Integer(),
  paused: Type.Boolean(),
});

interface MoveState {
  readonly key: string;
  status: string;
  paused: ListedMigration['paused'];
  moved: number;
}

/**
 * A second kind, kept in memory and nothing like conversations: its keys are pairs, it has one phase, it can be undone, and it is neither
 * verified nor certified.
 */
export class Moves {
  readonly #moves = new Map<string, MoveState>();

  add(key: string, status: (typeof STATUSES)[number] = 'running'): void {
    this.#moves.set(key, { key, status, paused: null, moved: 0 });
  }

  #of(key: string): MoveState {
    const found = this.#moves.get(key);
    if (found === undefined) throw new Problem('not-found', 'There is no such move.');
    return found;
  }

  #steering(store: Store, action: SteeringName, change: (move: MoveState, by: string) => void): Steering {
    return async (key, { subject, asActor }) => {
      const move = this.#of(key);
      change(move, subject);
      const migration = { kind: 'moves', subject: key };
      await transaction(store.control, 'steer-move', (tx) =>
        addAuditEntry(tx, { migration, action, ...asActor }),
      );
      await notify(store.pool, STATUS_CHANNEL, statusNotice(migration));
      return move.status;
    };
  }

  /** Its half in the API; what was asked of it is in the store's audit. */
  kind({ store }: { readonly store: Store }): ApiKind {
    return {
      name: 'moves',
      title: 'Moves between rooms',
      subject: 'move',
      units: 'rooms',
      phases: ['everything'],
      statuses: STATUSES,
      view: Move,
      read: async (key) => {
        const { status, moved, paused } = this.#of(key);
        return { from: key.split(':')[0], status, moved, paused: paused !== null };
      },
      list: async ({ status, q, after, limit }) =>
        [...this.#moves.values()]
          .filter((move) => status === undefined || move.status === status)
          .filter((move) => q === undefined || move.key.includes(q))
          .filter((move) => after === undefined || move.key < after.key)
          .toSorted((a, b) => (a.key < b.key ? 1 : -1))
          .slice(0, limit)
          .map(({ key, ...move }) => ({
            key,
            name: `Room ${key}`,
            status: move.status,
            phase: 'everything',
            progress: { done: move.moved, planned: 10 },
            paused: move.paused,
            needsAttention: key === '1:4',
            changedAt: '2026-03-01T10:00:00.000000Z',
          })),
      assertKnown: async (key) => void this.#of(key),
      steering: {
        pause: this.#steering(store, 'pause', (move, by) => {
          move.paused = { by, since: '2026-03-01T10:00:00.000Z' };
        }),
        resume: this.#steering(store, 'resume', (move) => {
          move.paused = null;
        }),
        undo: this.#steering(store, 'undo', (move) => {
          move.status = 'undone';
        }),
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
}
