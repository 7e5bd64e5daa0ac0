import { useState } from 'react';
import { messageOf } from '../api/problems.js';
import type { MigrationRef } from '../api/types.js';
import { Button } from '../ui/controls/button.js';
import { Dialog } from '../ui/controls/dialog.js';
import { Field } from '../ui/controls/field.js';
import { type Chosen, useQuarantineActions } from './quarantine-actions.js';

export interface Choice {
  readonly what: string;
  readonly choice: Chosen;
  readonly revoke: boolean;
}

/** Asks why records stay out for good, or whether they need somebody again. */
export function WaiveDialog({
  of,
  what,
  choice,
  revoke,
  onClose,
}: Choice & { of: MigrationRef; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const actions = useQuarantineActions(of);
  const error = actions.waive.error ?? actions.revoke.error;
  const submit = () => {
    if (revoke) actions.revoke.mutate(choice, { onSuccess: onClose });
    else actions.waive.mutate({ ...choice, reason: reason.trim() }, { onSuccess: onClose });
  };
  return (
    <Dialog
      title={revoke ? `Revoke the waiver of ${what}?` : `Waive ${what}?`}
      onClose={onClose}
      onSubmit={submit}
      actions={
        <>
          <Button onClick={onClose}>Keep as it is</Button>
          <Button
            type="submit"
            look="main"
            busy={actions.waive.isPending || actions.revoke.isPending}
            disabled={!revoke && reason.trim() === ''}
          >
            {revoke ? 'Revoke' : 'Waive'}
          </Button>
        </>
      }
    >
      <p>
        {revoke
          ? 'They need a person again, and count as failures.'
          : 'They stay out for good and no longer count as failures. The reason is shown with your name and is certified, so it must not contain names or numbers of people.'}
      </p>
      {!revoke && (
        <Field
          label="Reason"
          value={reason}
          onChange={({ target }) => setReason(target.value)}
          maxLength={500}
        />
      )}
      {error !== null && <p role="alert">{messageOf(error)}</p>}
    </Dialog>
  );
}
