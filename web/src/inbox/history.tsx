import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, api } from '../api/client.js';
import type { MigrationView } from '../api/types.js';
import { useMay } from '../app/session.js';
import type { PanelProps } from '../kinds.js';
import { Age } from '../ui/status/age.js';
import { Button } from '../ui/controls/button.js';
import { Confirm } from '../ui/controls/confirm.js';
import { Status } from '../ui/status/status.js';
import { Table } from '../ui/table/table.js';
import { whole } from '../words/numbers.js';
import { ofMigration } from '../api/queries.js';
import styles from './move.module.css';

interface Counted {
  readonly total: number;
  readonly moved: number;
}

/** A migration out of the inbox, as `GET …/migrations` has it. */
interface Move {
  readonly id: number;
  readonly status: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
  readonly destination_inbox: { readonly id: number; readonly name: string | null };
  readonly progress: {
    readonly percentage: number;
    readonly conversations: Counted;
    readonly messages: Counted;
  };
  readonly timing: { readonly created_at: string };
  readonly error: string | null;
  readonly initiated_by: string | null;
  readonly left: Readonly<Record<string, number>>;
  readonly reverses: number | null;
  readonly reversed_by: number | null;
}

const movesOf = (view: MigrationView) => view['migrations'] as readonly Move[];
const hasEnded = ({ status }: Move) => status !== 'queued' && status !== 'running';

/** The moves out of this inbox, newest first, each of which can be taken back once. */
export default function History({ of, view, row }: PanelProps) {
  const { steer } = useMay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<Move>();
  const moves = movesOf(view);
  return (
    <>
      <Table
        label="Moves out of this inbox"
        heads={[
          'Migration',
          'Status',
          'To',
          { head: 'Conversations', end: true },
          { head: 'Messages', end: true },
          { head: 'Stayed', end: true },
          'By',
          'Asked for',
          'Reverse',
        ]}
        rows={moves.map((move) => [
          move.reverses === null ? String(move.id) : `${move.id}, reverses ${move.reverses}`,
          <span key="status">
            <Status status={move.status} />
            {move.error !== null && <span className={styles.error}>{move.error}</span>}
          </span>,
          move.destination_inbox.name ?? `inbox ${move.destination_inbox.id}, deleted`,
          moved(move.progress.conversations),
          moved(move.progress.messages),
          whole(Object.values(move.left).reduce((sum, count) => sum + count, 0)),
          move.initiated_by ?? 'Carryover',
          <Age key="age" at={move.timing.created_at} />,
          move.reversed_by !== null ? (
            `by migration ${move.reversed_by}`
          ) : steer && hasEnded(move) && move.reverses === null ? (
            <Button
              key="reverse"
              size="small"
              aria-label={`Reverse migration ${move.id}`}
              onClick={() => setChosen(move)}
            >
              Reverse
            </Button>
          ) : (
            ''
          ),
        ])}
        empty="Nothing was moved out of this inbox yet."
      />
      {chosen !== undefined && (
        <Confirm
          name="Reverse"
          subject={`migration ${chosen.id}`}
          explains={`Takes ${whole(chosen.progress.conversations.moved)} conversations back to ${row.name || of.key}, row for row. Changes that people made since are kept, and later conversations stay where they are.`}
          danger
          call={() =>
            answer(
              api.POST('/v2/kinds/inbox/sources/{key}/moves/{id}/reverse', {
                params: { path: { key: of.key, id: String(chosen.id) } },
              }),
            )
          }
          onDone={async () => {
            await client.invalidateQueries({ queryKey: ofMigration(of) });
            // A reverse is a migration out of the other inbox.
            const key = `${of.key.split(':')[0]}:${chosen.destination_inbox.id}`;
            await navigate({ to: '/migrations/$kind/$key', params: { kind: of.kind, key } });
          }}
          onClose={() => setChosen(undefined)}
        />
      )}
    </>
  );
}

const moved = ({ total, moved: done }: Counted) =>
  done === total ? whole(total) : `${whole(done)} of ${whole(total)}`;
