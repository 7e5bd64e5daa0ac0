import { existsSync } from 'node:fs';
import type * as deployments from '../../../gateways/temporal/deployment.js';
import { plural } from '../terminal/words.js';
import type { Printer } from '../terminal/output.js';
import { table } from '../terminal/table.js';
import { CommandError, print, type Terminal } from '../terminal/terminal.js';

/** How often it checks, while the workers of a new version start, whether they serve all queues. */
const AGAIN_MS = 1_000;

export async function versions(printer: Printer, terminal: Terminal): Promise<void> {
  const found = await withDeployment(terminal, async ({ listVersions }, of) => listVersions(of));
  await printer.show(found, () => {
    if (found.length === 0) return ['No worker of this deployment has polled yet.'];
    const rows = found.map(({ buildId, state }) => [buildId, state]);
    return table(['VERSION', 'STATE'], rows, printer.width);
  });
}

export interface PromoteCommand {
  readonly buildId?: string;
  /** Whole seconds. */
  readonly wait: string;
}

export async function promote({ buildId: given, wait }: PromoteCommand, terminal: Terminal): Promise<void> {
  const seconds = Number(wait);
  if (!/^\d+$/.test(wait)) throw new CommandError(`--wait takes whole seconds, not ${wait}.`);
  const buildId = given ?? (await ownBuildId());
  const { clock, signal } = terminal;
  await withDeployment(terminal, async ({ promoteVersion }, of) => {
    const until = clock.elapsed() + seconds * 1_000;
    for (;;) {
      const answer = await promoteVersion(of, buildId);
      if (answer === 'promoted') return;
      if (clock.elapsed() >= until) {
        throw new CommandError(
          `${buildId} did not become current within ${plural(seconds, 'second')}: ${answer.missing} ` +
            'Look at the logs of its workers, and whether WORKER_QUEUES of all of them together has every queue.',
        );
      }
      await clock.sleep(AGAIN_MS, { signal });
    }
  });
  print(terminal.out, `${buildId} is the current version.`);
}

/** The version of this command's build. */
async function ownBuildId(): Promise<string> {
  const { buildId, VERSION_FILE } = await import('../../code-version.js');
  if (!existsSync(VERSION_FILE)) {
    throw new CommandError(
      'This carryover runs from its sources, which have no version. Name one of carryover workers versions.',
    );
  }
  return buildId();
}

type Deployments = typeof deployments;

/** Loaded on demand: no other command needs Temporal's client. */
async function withDeployment<Result>(
  { environment }: Terminal,
  ask: (deployments: Deployments, of: Parameters<Deployments['listVersions']>[0]) => Promise<Result>,
): Promise<Result> {
  const { readDeploymentName } = await import('../../environment/operator.js');
  const deploymentName = readDeploymentName(environment);
  const { lazyClient } = await import('../../../gateways/temporal/lazy-client.js');
  const { Unusable } = await import('../../../domain/engine/unusable.js');
  const client = lazyClient({ environment });
  try {
    await client.ping(5_000);
    const { connection, namespace } = client;
    return await ask(await import('../../../gateways/temporal/deployment.js'), {
      connection,
      namespace,
      deploymentName,
    });
  } catch (error) {
    throw error instanceof Unusable ? new CommandError(error.message) : error;
  } finally {
    await client.connection.close();
  }
}
