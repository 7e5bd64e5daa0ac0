import { randomBytes } from 'node:crypto';
import { type TSchema, Type } from 'typebox';
import { Api } from '../environment/api.js';
import { type Environment, readEnvironment } from '../environment/read.js';
import { Worker } from '../environment/worker.js';

/** Variables that the scratch copy sets itself, and those that name a port of the operator's machine. */
const OWN: ReadonlySet<string> = new Set([
  'PORT',
  'METRICS_PORT',
  'LOG_LEVEL',
  // Of the databases of other kinds, which no fault of the table needs.
  'INBOX_BATCH_SIZE',
  'INBOX_JOURNAL_DAYS',
  'CHATWOOT_COMMIT_BUDGET_MS',
  'CHATWOOT_REPLICA_LAG_BUDGET_SECONDS',
  'ONBOARDING_SESSION_TTL_SECONDS',
]);

/**
 * The operator's settings for the scratch copy: numbers, such as days and budgets, and choices between words. What is text may be an address, a name or
 * a secret, and is left out, so that nothing of the operator's can be reached by it. Throws ConfigurationError for settings that are wrong.
 */
export function settingsOf(environment: Environment): Readonly<Record<string, string>> {
  const taken = Object.entries({ ...Worker.properties, ...Api.properties } as Record<string, TSchema>).filter(
    ([name, schema]) => isSetting(schema) && !OWN.has(name) && environment[name]?.trim(),
  );
  const values = readEnvironment(Type.Object(Object.fromEntries(taken)) as never, environment);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function isSetting(schema: TSchema): boolean {
  return Type.IsInteger(schema) || Type.IsUnion(schema);
}

/** Where the operator encrypts what Temporal stores, the copy does so too, with a key of its own. */
export function encryptionOf(environment: Environment): Readonly<Record<string, string>> {
  const isOn = Boolean(environment['PAYLOAD_ENCRYPTION_KEY']?.trim());
  return isOn ? { PAYLOAD_ENCRYPTION_KEY: `drill:${randomBytes(32).toString('base64')}` } : {};
}
