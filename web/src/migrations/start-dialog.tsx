import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { messageOf } from '../api/problems.js';
import type { Kind } from '../api/types.js';
import { WEB_KINDS, webKind } from '../kinds.js';
import { Button } from '../ui/controls/button.js';
import { Choices } from '../ui/controls/choices.js';
import { Dialog } from '../ui/controls/dialog.js';
import { Field } from '../ui/controls/field.js';
import { notify } from '../ui/screen/notices.js';

/** Starts one by its key, and leads to it. */
export function StartDialog({ kinds, onClose }: { kinds: readonly Kind[]; onClose: () => void }) {
  const startable = kinds.filter(
    ({ kind }) => WEB_KINDS[kind]?.start !== undefined || WEB_KINDS[kind]?.startScreen !== undefined,
  );
  const [chosen, setKind] = useState<string>();
  // The dialog may be open before the kinds are read.
  const kind = chosen ?? startable[0]?.kind ?? '';
  const [key, setKey] = useState('');
  const navigate = useNavigate();
  const { start, startScreen } = webKind(kind);
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => start?.call(key.trim()),
    async onSuccess(failure) {
      if (failure !== undefined) notify('failed', failure);
      onClose();
      await navigate({ to: '/migrations/$kind/$key', params: { kind, key: key.trim() } });
    },
  });
  /** What it would do, before it does. */
  const look = () => {
    onClose();
    return navigate({ to: '/migrations/$kind/$key/preflight', params: { kind, key: key.trim() } });
  };
  return (
    <Dialog
      title="Start a migration"
      onClose={onClose}
      onSubmit={() => {
        if (startScreen === undefined) return mutate();
        onClose();
        void navigate({ to: startScreen.to });
      }}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          {kinds.find((each) => each.kind === kind)?.preflight === true && (
            <Button disabled={key.trim() === ''} onClick={() => void look()}>
              Preflight
            </Button>
          )}
          <Button
            type="submit"
            look="main"
            busy={isPending}
            disabled={startScreen === undefined && (key.trim() === '' || start === undefined)}
          >
            {startScreen === undefined ? 'Start' : 'Choose the inboxes'}
          </Button>
        </>
      }
    >
      {start === undefined && startScreen === undefined ? (
        <p>None of the kinds that are on can be started here. Use their own tools.</p>
      ) : (
        <p>{(startScreen ?? start)?.explains}</p>
      )}
      {startable.length > 1 && (
        <Choices
          legend="Kind"
          value={kind}
          choices={startable.map(({ kind: each, name }) => ({ value: each, label: name }))}
          onChoose={setKind}
        />
      )}
      {start !== undefined && (
        <Field
          label={start.key}
          value={key}
          onChange={({ target }) => setKey(target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {error !== null && <p role="alert">{messageOf(error)}</p>}
    </Dialog>
  );
}
