import { type CommandLine, listing } from '../command-line.js';
import type { AuditCommand } from '../commands/audit.js';
import { withExamples } from '../help.js';

/** `carryover audit`: of one migration or of all, with filters, as a table or as CSV. */
export function addAudit({ root, ofKind, printer, terminal }: CommandLine): void {
  withExamples(
    listing(
      root
        .command('audit [key]')
        .description('show who did what, to one migration or to all, newest first')
        .option('--by <name>', "only what this token's name did")
        .option('--action <action>', 'only this: start, pause, cancel, …')
        .option('--from <time>', 'only from this time on; ISO 8601')
        .option('--to <time>', 'only before this time; ISO 8601')
        .option('--csv', 'write all matching entries as CSV', false),
    ),
    'audit acc_1',
    'audit --by ann --from 2026-03-01T00:00:00Z',
    'audit --csv > audit.csv',
  ).action(async (key: string | undefined, options: AuditCommand) => {
    const { audit } = await import('../commands/audit.js');
    await audit(await ofKind(), key, options, printer(options), terminal);
  });
}
