import { wholeNumber, type CommandLine } from '../engine/command-line.js';
import { withExamples } from '../engine/help.js';
import { printable } from '../engine/terminal/output.js';
import type { DoctorCommand } from './run.js';

const TIMEOUT_SECONDS = 10;

/** `carryover doctor`: checks the dependencies of the processes, with the processes' variables. */
export function addDoctor({ root, api, kinds, terminal, printer, outcome }: CommandLine): void {
  withExamples(
    printable(
      root
        .command('doctor [checks...]')
        .description(
          'check the dependencies of an installation, with its variables, and say how to fix each problem; exits with 0 if nothing is wrong, 1 otherwise',
        )
        .option('--env-file <file>', "read the API's and the worker's variables from this file too")
        .option('--timeout <seconds>', 'how long each check may take', wholeNumber, TIMEOUT_SECONDS)
        .option('--send', 'send a message to Slack and to the webhook of alerts', false),
    ),
    'doctor',
    'doctor store temporal',
    'doctor slack alerts --send',
  ).action(async (names: string[], options: DoctorCommand) => {
    const { doctor } = await import('./run.js');
    outcome.status = await doctor(names, options, {
      connect: (signal) => api(signal),
      kinds,
      printer: printer(options),
      terminal,
    });
  });
}
