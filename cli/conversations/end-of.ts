import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import type { MigrationEnd } from '../engine/kind.js';
import { oneLine, plural } from '../engine/terminal/words.js';
import { attentionOf, openPorts } from './progress/attention.js';

/** How the migration of messages ended; undefined while a part of it runs or has not begun. */
export function endOf(view: MigrationView): MigrationEnd | undefined {
  if (view.migration_status === 'all-messages-migrated') return endOfMigrated(view);
  if (view.cancelled !== null) {
    const words = `The migration of ${view.account_id} was cancelled by ${view.cancelled.by}. Finished work stays.`;
    return { how: 'failed', words };
  }
  const failed =
    view.failure !== null || view.brands.some((brand) => brand.migration_status.endsWith('-failure'));
  const open = view.brands.filter(({ migration_status: status }) =>
    ['migrating', 'recent-messages-migrated'].includes(status),
  );
  if (view.failure === null && open.some((brand) => brand.failure === null)) return undefined;
  if (!failed && open.length === 0) return undefined;
  if (!failed) {
    // A failure beside such a status means that the migration waits for the second call of a dump.
    const words = `The recent messages of ${view.account_id} are migrated; the remaining ones have not arrived yet. Once they have: ${carryoverCommand('start', view.account_id)}`;
    return { how: 'failed', words };
  }
  const words = `The migration of ${view.account_id} has failed: ${view.migration_status}. Once the cause is fixed: ${carryoverCommand('retry', view.account_id)}`;
  return { how: 'failed', words };
}

function endOfMigrated(view: MigrationView): MigrationEnd {
  const open = openPorts(view).length;
  const { waiting } = view.attachments;
  const underWay = [
    open === 0 ? '' : ` ${open} of its ports ${open === 1 ? 'is' : 'are'} still under way.`,
    waiting === 0
      ? ''
      : ` ${plural(waiting, 'attachment')} ${waiting === 1 ? 'is' : 'are'} still to be fetched.`,
  ].join('');
  const attention = attentionOf(view);
  if (attention.length === 0)
    return { how: 'fine', words: `All messages of ${view.account_id} are migrated.${underWay}` };
  const command = carryoverCommand('failures', view.account_id);
  const words = `All messages of ${view.account_id} that could be imported are migrated.${underWay} A person is needed: ${oneLine(attention.join(', '))}. What to do about each: ${command}`;
  return { how: 'attention', words };
}
