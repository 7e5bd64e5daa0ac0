import type { MigrationView } from '../../api/schemas/migrations.js';
import { carryoverCommand } from '../../domain/commands.js';
import { openDisplay } from '../progress/display.js';
import { follow } from '../progress/follow.js';
import type { ApiClient } from './api-client.js';
import { EXIT, print, wantsColour, type Terminal } from './terminal.js';

/**
 * Shows a migration as it goes, until nothing more will happen to its messages. Answers the exit status: fine when all are
 * migrated, failed when it has ended otherwise.
 */
export async function watch(api: ApiClient, accountId: string, terminal: Terminal): Promise<number> {
  const { out, environment, signal } = terminal;
  const display = openDisplay(out, { colour: wantsColour(out, environment) });
  try {
    for await (const view of follow(api, accountId, { signal })) {
      display.update(view);
      const end = endOf(view);
      if (end === undefined) continue;
      display.end();
      print(out, end.words);
      return end.good ? EXIT.fine : EXIT.failed;
    }
    return EXIT.failed;
  } finally {
    display.end();
  }
}

export interface MigrationEnd {
  readonly good: boolean;
  readonly words: string;
}

/** How a migration has ended, as far as messages go; undefined while some of it is still under way or not begun. */
export function endOf(view: MigrationView): MigrationEnd | undefined {
  if (view.migration_status === 'all-messages-migrated') {
    const open = view.ports.filter(({ status }) => ['pending', 'submitted', 'foc'].includes(status)).length;
    const ports = open === 0 ? '' : ` ${open} of its ports ${open === 1 ? 'is' : 'are'} still under way.`;
    return { good: true, words: `All messages of ${view.account_id} are migrated.${ports}` };
  }
  if (view.cancelled !== null) {
    return {
      good: false,
      words: `The migration of ${view.account_id} was cancelled by ${view.cancelled.by}. What is done stays.`,
    };
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
    return { good: false, words };
  }
  const words = `The migration of ${view.account_id} has failed: ${view.migration_status}. Once that is mended: ${carryoverCommand('retry', view.account_id)}`;
  return { good: false, words };
}
