import { Option } from 'commander';
import { MEMBER_STATES } from '../../../domain/engine/waves/rules.js';
import type { CommandLine, Listing } from '../command-line.js';
import { listing } from '../command-line.js';
import { withExamples } from '../help.js';
import { printable, type Printing } from '../terminal/output.js';

const STEERINGS = {
  pause: 'pause a wave: no further migration is started, and running ones continue',
  resume: 'resume a wave that is paused, or that stopped because too many had failed',
  cancel: 'cancel a wave: waiting migrations are not started, and running ones continue',
} as const;

/** The commands for waves; `start --file` and `start --all` create them. */
export function addWaves({ root, api, printer, terminal, outcome }: CommandLine): void {
  const group = root.command('wave').description('many migrations that are started a few at a time');
  withExamples(
    listing(group.command('list').description('list waves, the newest first, one row each')),
    'wave list',
  ).action(async (options: Listing) => {
    const { listWaves } = await import('../commands/waves.js');
    await listWaves(api(), options.limit, printer(options));
  });
  withExamples(
    printable(
      group.command('show <wave>').description('show a wave, with the migrations that run or have failed'),
    ),
    'wave show 7',
  ).action(async (wave: string, options: Printing) => {
    const { showWave } = await import('../commands/waves.js');
    await showWave(api(), wave, printer(options));
  });
  withExamples(
    listing(
      group
        .command('members <wave>')
        .description('list the migrations of a wave, in their order')
        .addOption(new Option('--state <state>', 'only those in this state').choices(MEMBER_STATES)),
    ),
    'wave members 7 --state waiting',
  ).action(async (wave: string, options: Listing & { state?: string }) => {
    const { listMembers } = await import('../commands/waves.js');
    await listMembers(api(), wave, options, printer(options));
  });
  withExamples(
    printable(
      group
        .command('watch <wave>')
        .description(
          'show a line for each change until a wave ends; exits with 0 if all are done, 3 if some have failed, 1 if it stopped or was cancelled',
        ),
    ),
    'wave watch 7',
  ).action(async (wave: string, options: Printing) => {
    const { watchWave } = await import('../commands/waves.js');
    outcome.status = await watchWave(api(), wave, printer(options), terminal);
  });
  for (const [action, description] of Object.entries(STEERINGS)) {
    const command = printable(group.command(`${action} <wave>`).description(description));
    if (action !== 'cancel')
      command.option('--members', `${action} also the migrations of the wave that run`, false);
    withExamples(command, `wave ${action} 7`).action(
      async (wave: string, { members, ...options }: Printing & { members?: boolean }) => {
        const { steerWave } = await import('../commands/waves.js');
        await steerWave(api(), action, wave, members === true, printer(options));
      },
    );
  }
}
