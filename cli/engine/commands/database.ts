import { carryoverCommand } from '../../../domain/engine/failures/commands.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { plural } from '../terminal/words.js';
import type { Printer } from '../terminal/output.js';
import { CommandError, EXIT, print, type Terminal } from '../terminal/terminal.js';

export async function migrate(printer: Printer, { out, environment }: Terminal): Promise<void> {
  const url = await databaseUrl(environment);
  // Loaded on demand: no other command needs PostgreSQL's client.
  const { applyMigrations, schemaStanding } = await import('../../../gateways/store/sql/migrate.js');
  const onApplied = (name: string) => void (printer.isForPrograms || print(out, `Applied ${name}.`));
  const { applied } = await inWords(() => applyMigrations(url, { onApplied }));
  const now = await inWords(() => schemaStanding(url));
  await printer.show({ ...now, applied_now: applied }, () => {
    const total = plural(now.applied.length, 'migration');
    const news = applied.length === 0 ? 'nothing to apply' : `${applied.length} applied now`;
    return [`The store's schema is up to date: ${total}, ${news}.`, ...newerLines(now.newer)];
  });
}

export async function standing(printer: Printer, { environment }: Terminal): Promise<number> {
  const url = await databaseUrl(environment);
  const { schemaStanding } = await import('../../../gateways/store/sql/migrate.js');
  const { applied, pending, newer } = await inWords(() => schemaStanding(url));
  await printer.show({ applied, pending, newer }, () => [
    ...(pending.length === 0
      ? [`The store's schema is up to date: ${plural(applied.length, 'migration')}.`]
      : [
          ...pending.map((name) => `Not applied: ${name}`),
          `${applied.length} of ${applied.length + pending.length} migrations are applied. Apply the rest with: ${carryoverCommand('db', 'migrate')}`,
        ]),
    ...newerLines(newer),
  ]);
  return pending.length === 0 ? EXIT.fine : EXIT.failed;
}

async function databaseUrl(environment: Terminal['environment']): Promise<string> {
  const { readDatabaseUrl } = await import('../../environment/operator.js');
  return readDatabaseUrl(environment);
}

function newerLines(newer: readonly string[]): string[] {
  return newer.length === 0
    ? []
    : [`A newer version of Carryover has also applied ${newer.join(', ')}. Update this one.`];
}

/** Errors of the store or its schema are answers to the operator: they are printed without a stack trace. */
async function inWords<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const expected = error instanceof CarryoverError || (error as Error).name === 'SchemaError';
    throw expected ? new CommandError((error as Error).message) : error;
  }
}
