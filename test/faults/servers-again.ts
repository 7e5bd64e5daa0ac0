import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFolder } from '../../dev/servers/data-folder.js';
import { choosePort } from '../../dev/servers/ports.js';
import { type PostgresServer, startPostgres } from '../../dev/servers/postgres/postgres.js';
import { readTemporalConfig } from '../../dev/servers/temporal/temporal-config.js';
import { type TemporalServer, startTemporal } from '../../dev/servers/temporal/temporal.js';

/** Starts a server of a stack again that was killed: in the same folder, on the same port, with what it held. */
export function temporalAgain(stackFolder: string): Promise<TemporalServer> {
  return startTemporal({ folder: folderOf(stackFolder), config: readTemporalConfig(), log: () => undefined });
}

export function postgresAgain(stackFolder: string): Promise<PostgresServer> {
  return startPostgres({ folder: folderOf(stackFolder) });
}

/** The folder is the running stack's; what is started here is ended by whoever starts it. */
function folderOf(path: string): DataFolder {
  const ports = join(path, 'ports.json');
  if (!existsSync(ports)) throw new Error(`${path} is no folder of a stack`);
  const remembered = JSON.parse(readFileSync(ports, 'utf8')) as Record<string, number>;
  return {
    path,
    logFile: (server) => join(path, 'logs', `${server.toLowerCase().replaceAll(' ', '-')}-again.log`),
    port: (server) => choosePort(remembered[server]),
    started: () => undefined,
    release: () => Promise.resolve(),
  };
}
