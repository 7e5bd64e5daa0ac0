import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { messageOf } from '../../api/problems.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';
import { Field } from './field.js';
import { notify } from '../screen/notices.js';

interface ConfirmProps {
  /** Of the button. */
  readonly name: string;
  /** What it is done to. */
  readonly subject: string;
  /** What will happen. */
  readonly explains: string;
  readonly danger?: boolean;
  /** It cannot be taken back, so this must be typed. */
  readonly typed?: string | undefined;
  readonly children?: ReactNode;
  readonly call: () => Promise<unknown>;
  /** What is shown now is old. */
  readonly onDone: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Says what will happen before it does. */
export function Confirm(props: ConfirmProps) {
  const { name, subject, explains, danger = false, typed: wanted, children, call, onDone, onClose } = props;
  const [typed, setTyped] = useState('');
  const { mutate, isPending, error } = useMutation({
    mutationFn: call,
    async onSuccess() {
      notify('done', `${name}: accepted for ${subject}.`);
      onClose();
      await onDone();
    },
  });
  return (
    <Dialog
      title={`${name} ${subject}?`}
      onClose={onClose}
      onSubmit={() => mutate()}
      actions={
        <>
          <Button onClick={onClose}>Keep as it is</Button>
          <Button
            type="submit"
            look={danger ? 'danger' : 'main'}
            busy={isPending}
            disabled={wanted !== undefined && typed !== wanted}
          >
            {name}
          </Button>
        </>
      }
    >
      <p>{explains}</p>
      {children}
      {wanted !== undefined && (
        <Field
          label={`Type ${wanted} to confirm`}
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
