import { Connection } from '@temporalio/client';
import { join } from 'node:path';
import type { DataFolder } from '../data-folder.js';
import { type KeepUpOptions, keepServerUp } from '../kept-up.js';
import { isFree } from '../ports.js';
import { startServer, type RunningServer } from '../server-process.js';
import { findTemporalCli } from './temporal-cli.js';
import { startDevFlags, type TemporalDevConfig } from './temporal-config.js';
import type { FindOptions } from '../cached.js';

export interface TemporalOptions extends FindOptions {
  folder: DataFolder;
  config: TemporalDevConfig;
  /** Its data is gone when it ends. */
  inMemory?: boolean;
}

export interface TemporalServer extends RunningServer {
  /** host:port of the frontend. */
  address: string;
  namespace: string;
  /** URL of the Web UI. */
  uiUrl: string;
}

/** The interval at which the server's parts look for new namespaces; tests wait for it. */
const IN_MEMORY_SETTINGS = { 'system.namespaceCacheRefreshInterval': '200ms' };

/** Its data stays small in tests: Go's collector runs less often, which takes a tenth of the server's CPU time away. */
const IN_MEMORY_ENVIRONMENT = { GOGC: '400' };

/** Starts the Temporal dev server of the configuration. When this returns, its namespace and search attributes exist. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const { folder, inMemory, signal } = options;
  const config = inMemory ? withSettings(options.config, IN_MEMORY_SETTINGS) : options.config;
  const command = await findTemporalCli(options);
  const grpcPort = await portOf('grpc', config, folder);
  const uiPort = await portOf('ui', config, folder);
  const databaseFile = inMemory ? undefined : join(folder.path, config.database.file);
  const address = `127.0.0.1:${grpcPort}`;
  const server = await startServer(
    {
      name: 'Temporal',
      command,
      args: ['server', 'start-dev', ...startDevFlags(config, { grpcPort, uiPort, databaseFile })],
      cwd: folder.path,
      // The CLI looks below HOME for a configuration file, which a person may have for other servers.
      env: { HOME: folder.path, ...(inMemory ? IN_MEMORY_ENVIRONMENT : {}) },
      ready: () => answers(address, config),
      advice: 'The flags come from temporal-dev.yaml. An older Temporal CLI may not know all of them.',
    },
    folder,
    signal,
  );
  return { ...server, address, namespace: config.namespace, uiUrl: `http://127.0.0.1:${uiPort}` };
}

/** Starts it as `startTemporal` does, and restarts it, at its address and with its data, if it dies or no longer answers. */
export async function keepTemporalUp(
  options: TemporalOptions,
  keep: Pick<KeepUpOptions<TemporalServer>, 'onRestart' | 'lookEveryMs' | 'shortLifeMs'>,
): Promise<TemporalServer> {
  let address: string | undefined;
  const start = async (): Promise<TemporalServer> => {
    const server = await startTemporal(options);
    address ??= server.address;
    if (server.address === address) return server;
    await server.stop();
    throw new Error(`another process listens at ${address}`);
  };
  return keepServerUp({ start, answers: (server) => answers(server.address, options.config), ...keep });
}

function withSettings(
  config: TemporalDevConfig,
  settings: Readonly<Record<string, string>>,
): TemporalDevConfig {
  return { ...config, dynamicConfiguration: { ...config.dynamicConfiguration, ...settings } };
}

async function portOf(kind: 'grpc' | 'ui', config: TemporalDevConfig, folder: DataFolder): Promise<number> {
  const fixed = config.ports?.[kind];
  if (fixed === undefined) return folder.port(`temporal-${kind}`);
  if (await isFree(fixed)) return fixed;
  throw new Error(
    `Temporal did not start: port ${fixed}, which temporal-dev.yaml fixes as ports.${kind}, is taken. ` +
      'Stop what listens there, or remove the line to use a free port.',
  );
}

async function answers(address: string, config: TemporalDevConfig): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    await connection.withDeadline(Date.now() + 5_000, async () => {
      await connection.workflowService.describeNamespace({ namespace: config.namespace });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: config.namespace,
      });
      const missing = Object.keys(config.searchAttributes).filter((name) => !(name in customAttributes));
      if (missing.length > 0) throw new Error(`its search attributes ${missing.join(', ')} are missing`);
    });
  } finally {
    await connection.close();
  }
}
