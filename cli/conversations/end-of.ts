import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import { carryoverCommand } from '../../domain/engine/commands.js';
import type { MigrationEnd } from '../engine/kind.js';
import { oneLine, plural } from '../engine/words.js';
import { attentionOf, openPorts } from './progress/attention.js';

/** How a migration has ended, as far as messages go; undefined while some of it is still under way or not begun. */
export function endOf(view: MigrationView): MigrationEnd | undefined {
  if (view.migration_status === 'all-messages-migrated') return endOfMigrated(view);
  if (view.cancelled !== null) {
    const words = `The migration of ${view.account_id} was cancelled by ${view.cancelled.by}. What is done stays.`;
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
    // What is told beside such a status: the second call of a dump is awaited.
    const words = `The recent messages of ${view.account_id} are migrated, the remaining ones are yet to come. Once they are there: ${carryoverCommand('start', view.account_id)}`;
    return { how: 'failed', words };
  }
  const words = `The migration of ${view.account_id} has failed: ${view.migration_status}. Once that is mended: ${carryoverCommand('retry', view.account_id)}`;
  return { how: 'failed', words };
}

function endOfMigrated(view: MigrationView): MigrationEnd {
  const open = openPorts(view).length;
  const { waiting } = view.attachments;
  const goingOn = [
    open === 0 ? '' : ` ${open} of its ports ${open === 1 ? 'is' : 'are'} still under way.`,
    waiting === 0
      ? ''
      : ` ${plural(waiting, 'attachment')} ${waiting === 1 ? 'is' : 'are'} still to be fetched.`,
  ].join('');
  const attention = attentionOf(view);
  if (attention.length === 0)
    return { how: 'fine', words: `All messages of ${view.account_id} are migrated.${goingOn}` };
  const command = carryoverCommand('failures', view.account_id);
  const words = `All messages of ${view.account_id} that could be taken are migrated.${goingOn} A person is needed: ${oneLine(attention.join(', '))}. Each with what to do: ${command}`;
  return { how: 'attention', words };
}
