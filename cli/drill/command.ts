import { Option } from 'commander';
import type { CommandLine } from '../engine/command-line.js';
import { withExamples } from '../engine/help.js';
import { printable } from '../engine/terminal/output.js';
import { FAULT_NAMES } from './names.js';
import type { DrillCommand } from './run.js';

/** `carryover drill`: injects faults into a scratch copy of the installation. */
export function addDrill({ root, terminal, printer, outcome }: CommandLine): void {
  withExamples(
    printable(
      root
        .command('drill')
        .description(
          'inject faults into migrations of a scratch copy on this machine, with your settings, and check that nothing is lost; exits with 0 if all pass, 1 otherwise',
        )
        .addOption(new Option('--only <fault...>', 'inject only these').choices(FAULT_NAMES))
        .option('--env-file <file>', "read the API's and the worker's variables from this file too"),
    ),
    'drill',
    'drill --only kill-worker cut-store',
    'drill --env-file worker.env --json',
  ).action(async (options: DrillCommand) => {
    const { drill } = await import('./run.js');
    outcome.status = await drill(options, { terminal, printer: printer(options) });
  });
}
