import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { vi } from 'vitest';
import { readTemporalConfig } from '../../dev/servers/temporal/temporal-config.js';
import { temporalAddress } from './servers.js';

/** As temporal.api.enums.v1.IndexedValueType numbers them. */
const TYPES: Readonly<Record<string, number>> = { Keyword: 2, Bool: 5 };

/** A namespace of the shared Temporal, with the search attributes of temporal-dev.yaml, for one test file alone. It is usable when this returns. */
export async function newNamespace(prefix: string): Promise<string> {
  const namespace = `${prefix}-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address: temporalAddress() });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    // A new namespace comes to the server's several parts one after the other.
    await vi.waitUntil(() => isUsable(connection, namespace));
    return namespace;
  } finally {
    await connection.close();
  }
}

async function isUsable(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await addSearchAttributes(connection, namespace);
    const filters = Object.keys(readTemporalConfig().searchAttributes).map((name) => `${name} IS NULL`);
    await new Client({ connection, namespace }).workflow.count(filters.join(' AND '));
    return true;
  } catch {
    return false;
  }
}

/** Those of temporal-dev.yaml. */
export async function addSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const types = Object.entries(readTemporalConfig().searchAttributes);
  const searchAttributes = Object.fromEntries(types.map(([name, type]) => [name, TYPES[type] ?? 0]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}
