import { loadClientConnectConfig } from '@temporalio/envconfig';

/**
 * Where Temporal is, by its own environment configuration, on the local default address when nothing is said. Variables set to
 * nothing are not set. Throws when the configuration is wrong.
 */
export function connectConfig(environment: Readonly<Record<string, string | undefined>>) {
  const set = Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );
  const { namespace, connectionOptions } = loadClientConnectConfig({ overrideEnvVars: set });
  return { namespace: namespace ?? 'default', connectionOptions };
}
