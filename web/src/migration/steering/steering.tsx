import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { ofMigration } from '../../api/queries.js';
import type { Kind, ListedMigration, MigrationView } from '../../api/types.js';
import { useMay } from '../../app/session.js';
import { webKind } from '../../kinds.js';
import { Button } from '../../ui/controls/button.js';
import { Confirm } from '../../ui/controls/confirm.js';
import { Menu, MenuItem } from '../../ui/controls/menu.js';
import { type Action, steeringsOf } from './steerings.js';

interface SteeringProps {
  readonly row: ListedMigration;
  readonly view: MigrationView;
  readonly kind: Kind | undefined;
}

/** The calls that this role may make and that do something now: the first as buttons, the others in a menu. */
export function Steering({ row, view, kind }: SteeringProps) {
  const may = useMay();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Action>();
  const has = kind?.steerings ?? [];
  const own = webKind(row.kind)
    .actions.filter(({ of, applies }) => (of === undefined || has.includes(of)) && applies(row, view))
    .map((action): Action => ({ ...action, call: () => action.call(row.key) }));
  const actions = [...steeringsOf(row, has), ...own].filter(({ needs }) => may[needs]);
  const first = actions.filter(({ first }) => first);
  const others = actions.filter(({ first }) => !first);
  return (
    <>
      {first.map((action) => (
        <Button key={action.name} onClick={() => setChosen(action)}>
          {action.name}
        </Button>
      ))}
      {others.length > 0 && (
        <Menu
          align="end"
          trigger={
            <Button aria-label="More actions">
              <Ellipsis size={16} aria-hidden />
            </Button>
          }
        >
          {others.map((action) => (
            <MenuItem key={action.name} danger={action.danger ?? false} onChoose={() => setChosen(action)}>
              {action.name}
            </MenuItem>
          ))}
        </Menu>
      )}
      {chosen !== undefined && (
        <Confirm
          {...chosen}
          subject={row.name || row.key}
          typed={chosen.final === true ? row.key : undefined}
          onDone={() => client.invalidateQueries({ queryKey: ofMigration(row) })}
          onClose={() => setChosen(undefined)}
        />
      )}
    </>
  );
}
