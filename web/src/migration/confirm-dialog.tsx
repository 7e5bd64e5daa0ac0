import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ofMigration } from '../api/queries.js';
import { messageOf } from '../api/problems.js';
import type { ListedMigration } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Field } from '../ui/field.js';
import { notify } from '../ui/notices.js';
import type { Action } from './steerings.js';

interface ConfirmDialogProps {
  readonly action: Action;
  readonly row: ListedMigration;
  readonly onClose: () => void;
}

/** Says what will happen; what cannot be taken back asks for the migration's id. */
export function ConfirmDialog({ action, row, onClose }: ConfirmDialogProps) {
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const { name, explains, danger = false, final: asksForId = false } = action;
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => action.call(),
    async onSuccess() {
      notify('done', `${name}: accepted for ${row.name || row.key}.`);
      onClose();
      await client.invalidateQueries({ queryKey: ofMigration(row) });
    },
  });
  return (
    <Dialog
      title={`${name} ${row.name || row.key}?`}
      onClose={onClose}
      onSubmit={() => mutate()}
      actions={
        <>
          <Button onClick={onClose}>Keep as it is</Button>
          <Button
            type="submit"
            look={danger ? 'danger' : 'main'}
            busy={isPending}
            disabled={asksForId && typed !== row.key}
          >
            {name}
          </Button>
        </>
      }
    >
      <p>{explains}</p>
      {asksForId && (
        <Field
          label={`Type ${row.key} to confirm`}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {error !== null && <p role="alert">{messageOf(error)}</p>}
    </Dialog>
  );
}
