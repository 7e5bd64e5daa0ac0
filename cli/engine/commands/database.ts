import { carryoverCommand } from '../../../domain/engine/failures/commands.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { plural } from '../words.js';
import type { CommandLine } from '../command-line.js';
import { CommandError, EXIT, print, type Terminal } from '../terminal.js';

/** The commands that connect to the store itself, at DATABASE_URL, and not to the API. */
export function addDatabase({ root, terminal, outcome }: CommandLine): void {
  const db = root.command('db').description("create or upgrade the store's schema, at DATABASE_URL");
  db.command('migrate')
    .description('apply the missing migrations; safe to repeat and to run several times at once')
    .option('--json', 'print JSON', false)
    .action(({ json }: { json: boolean }) => migrate(json, terminal));
  db.command('status')
    .description('show the missing migrations; exits with 0 if none is missing, 1 otherwise')
    .option('--json', 'print JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      outcome.status = await standing(json, terminal);
    });
}

async function migrate(json: boolean, { out, environment }: Terminal): Promise<void> {
  const url = await databaseUrl(environment);
  // Loaded on demand: no other command needs PostgreSQL's client.
  const { applyMigrations, schemaStanding } = await import('../../../gateways/store/sql/migrate.js');
  const onApplied = (name: string) => void (json || print(out, `Applied ${name}.`));
  const { applied } = await inWords(() => applyMigrations(url, { onApplied }));
  const now = await inWords(() => schemaStanding(url));
  if (json) return print(out, JSON.stringify({ ...now, applied_now: applied }, undefined, 2));
  const total = plural(now.applied.length, 'migration');
  const news = applied.length === 0 ? 'nothing to apply' : `${applied.length} applied now`;
  print(out, `The store's schema is up to date: ${total}, ${news}.`, ...newerLines(now.newer));
}

async function standing(json: boolean, { out, environment }: Terminal): Promise<number> {
  const url = await databaseUrl(environment);
  const { schemaStanding } = await import('../../../gateways/store/sql/migrate.js');
  const { applied, pending, newer } = await inWords(() => schemaStanding(url));
  const status = pending.length === 0 ? EXIT.fine : EXIT.failed;
  if (json) {
    print(out, JSON.stringify({ applied, pending, newer }, undefined, 2));
    return status;
  }
  if (pending.length === 0) {
    print(out, `The store's schema is up to date: ${plural(applied.length, 'migration')}.`);
  } else {
    print(
      out,
      ...pending.map((name) => `Not applied: ${name}`),
      `${applied.length} of ${applied.length + pending.length} migrations are applied. Apply the rest with: ${carryoverCommand('db', 'migrate')}`,
    );
  }
  print(out, ...newerLines(newer));
  return status;
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
