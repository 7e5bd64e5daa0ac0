import { existsSync } from 'node:fs';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Temporal's own, where TEMPORAL_ADDRESS is not set. */
export const DEFAULT_ADDRESS = 'localhost:7233';

const SWITCHES = ['TEMPORAL_TLS', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'];

/**
 * Where Temporal is, by its own environment configuration, on the local default address when nothing is said. Variables set to
 * nothing are not set. Throws when the configuration is wrong.
 */
export function connectConfig(environment: Readonly<Record<string, string | undefined>>) {
  const set = Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );
  refuseWhatWouldBeIgnored(set);
  const { namespace, connectionOptions } = loadClientConnectConfig({ overrideEnvVars: set });
  const { address } = connectionOptions;
  if (address !== undefined && !URL.canParse(`http://${address}`))
    throw new Error(`TEMPORAL_ADDRESS must be host:port, and is ${address}`);
  return { namespace: namespace ?? 'default', connectionOptions };
}

/** Temporal's own reading takes any other word for 'false', and a file that is not there for an empty one. */
function refuseWhatWouldBeIgnored(set: Readonly<Record<string, string>>): void {
  for (const name of SWITCHES) {
    if (!/^(true|false|1|0)$/.test(set[name] ?? 'false')) throw new Error(`${name} must be true or false`);
  }
  const file = set['TEMPORAL_CONFIG_FILE'];
  if (file !== undefined && !existsSync(file)) throw new Error(`TEMPORAL_CONFIG_FILE: there is no ${file}`);
}
