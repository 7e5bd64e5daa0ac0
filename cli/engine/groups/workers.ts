import type { CommandLine } from '../command-line.js';
import type { PromoteCommand } from '../commands/workers.js';
import { withExamples } from '../help.js';
import { printable, type Printing } from '../terminal/output.js';

/** The commands that ask Temporal itself, at TEMPORAL_ADDRESS, about the versions of the workers of WORKER_DEPLOYMENT. */
export function addWorkers({ root, terminal, printer }: CommandLine): void {
  const workers = root.command('workers').description('versions of the workers, at TEMPORAL_ADDRESS');
  const loaded = () => import('../commands/workers.js');
  withExamples(
    printable(
      workers
        .command('versions')
        .description('list the versions: which is current, and which may be stopped'),
    ),
    'workers versions',
  ).action(async (options: Printing) => (await loaded()).versions(printer(options), terminal));
  withExamples(
    workers
      .command('promote')
      .description('make a version current: new work goes to it once its workers serve every queue')
      .option('--build-id <id>', 'the version; default: the one of this program')
      .option('--wait <seconds>', 'how long its workers may take to start', '300'),
    'workers promote',
    'workers promote --build-id 0.1.0-ab12cd3 --wait 600',
  ).action(async (options: PromoteCommand) => (await loaded()).promote(options, terminal));
}
