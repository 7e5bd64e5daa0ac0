import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from '../../dev/servers/data-folder.js';
import { startGuardian } from '../../dev/servers/guardian.js';
import { removeDataFolder } from '../../dev/servers/postgres/postgres-home.js';
import { readTemporalConfig } from '../../dev/servers/temporal/temporal-config.js';
import { startTemporal } from '../../dev/servers/temporal/temporal.js';

/** Runs `work` with the address of another Temporal dev server, which differs from the stack's only by this configuration. It is stopped afterwards. */
export async function withOtherTemporal<T>(
  dynamicConfiguration: Readonly<Record<string, boolean>>,
  work: (address: string) => Promise<T>,
): Promise<T> {
  const config = readTemporalConfig();
  const guardian = startGuardian();
  const path = await mkdtemp(join(tmpdir(), 'carryover-bench-temporal-'));
  guardian.removeLater(path);
  const folder = await openDataFolder(path, (server) => guardian.endLater(server));
  try {
    const server = await startTemporal({
      folder,
      log: (message) => console.error(message),
      config: {
        ...config,
        dynamicConfiguration: { ...config.dynamicConfiguration, ...dynamicConfiguration },
      },
    });
    try {
      return await work(server.address);
    } finally {
      await server.stop();
    }
  } finally {
    await removeDataFolder(folder.path);
    guardian.done();
  }
}
