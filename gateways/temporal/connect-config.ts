import { existsSync } from 'node:fs';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Temporal's own default without TEMPORAL_ADDRESS. */
export const DEFAULT_ADDRESS = 'localhost:7233';

const SWITCHES = ['TEMPORAL_TLS', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'];

/**
 * Reads Temporal's own environment configuration; the default address is local. Ignores empty variables. Throws when the configuration is invalid.
 */
export function connectConfig(environment: Readonly<Record<string, string | undefined>>) {
  const set = Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );
  rejectIgnoredSettings(set);
  const { namespace, connectionOptions } = loadClientConnectConfig({ overrideEnvVars: set });
  const { address } = connectionOptions;
  if (address !== undefined && !URL.canParse(`http://${address}`))
    throw new Error(`TEMPORAL_ADDRESS must be host:port, but is ${address}`);
  return { namespace: namespace ?? 'default', connectionOptions };
}

/** Temporal's own parser treats any other word as 'false' and a missing file as an empty one. */
function rejectIgnoredSettings(set: Readonly<Record<string, string>>): void {
  for (const name of SWITCHES) {
    if (!/^(true|false|1|0)$/.test(set[name] ?? 'false')) throw new Error(`${name} must be true or false`);
  }
  const file = set['TEMPORAL_CONFIG_FILE'];
  if (file !== undefined && !existsSync(file))
    throw new Error(`TEMPORAL_CONFIG_FILE: there is no file ${file}`);
}
