import type { MigrationView } from '../../../api/conversations/schemas/migrations.js';
import { plural } from '../../engine/terminal/words.js';

const OPEN_PORTS: ReadonlySet<string> = new Set(['pending', 'submitted', 'foc']);

/** Ports that continue on their own. */
export function openPorts({ ports }: Pick<MigrationView, 'ports'>): MigrationView['ports'] {
  return ports.filter(({ status }) => OPEN_PORTS.has(status));
}

function failedPorts({ ports }: Pick<MigrationView, 'ports'>): MigrationView['ports'] {
  return ports.filter(({ status }) => status !== 'complete' && !OPEN_PORTS.has(status));
}

/** What needs a person once the messages are migrated, each in a few words: `3 messages quarantined`. Empty if nothing does. */
export function attentionOf(view: MigrationView): string[] {
  const { failed } = view.attachments;
  const unequal = view.unequal_verification !== null || view.verification?.state === 'unequal';
  return [
    ...quarantinedOf(view),
    ...failedPorts(view).map(
      ({ channel_id: channel, status, reason }) =>
        `port of channel ${channel} ${status}${reason === null ? '' : ` (${reason})`}`,
    ),
    ...(failed > 0 ? [`${plural(failed, 'attachment')} failed`] : []),
    ...(unequal ? ['a verification found differences'] : []),
  ];
}

function quarantinedOf({ quarantined: { threads, messages, waived } }: MigrationView): string[] {
  const open = threads + messages - waived;
  if (waived > 0) return open > 0 ? [`${plural(open, 'record')} quarantined and not waived`] : [];
  return [
    ...(messages > 0 ? [`${plural(messages, 'message')} quarantined`] : []),
    ...(threads > 0 ? [`${plural(threads, 'thread')} quarantined`] : []),
  ];
}
