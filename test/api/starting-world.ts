import { Client, Connection } from '@temporalio/client';
import { vi } from 'vitest';
import { stackEnv } from '../support/servers.js';
import { apiWorld, tokenFor, type World } from './world.js';

/** An API world for starting, steering and following migrations. Workflow ids are unique in the namespace, which other tests use too. */
export async function startingWorld() {
  const world = await apiWorld();
  const [service, operator] = [await tokenFor('service'), await tokenFor('operator')];
  const connection = await Connection.connect({ address: stackEnv().TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: stackEnv().TEMPORAL_NAMESPACE });
  const suffix = Math.random().toString(36).slice(2, 8);
  return {
    ...world,
    service,
    operator,
    connection,
    client,
    suffix,
    idOf: (name: string) => `acc_${name}_${suffix}`,
    /** Answers once Temporal has the message, or is known to be unreachable. */
    async start(accountId: string, of: World = world) {
      const body = { account_id: accountId };
      const answer = await of.call('POST', '/v2/start-migration', { token: service, body });
      const where = { subject: accountId, deliveredAt: null, refusedAt: null };
      await vi.waitUntil(async () => {
        const open = await of.store.prisma.workflowMessage.findMany({ where });
        return open.length === 0 || open.some(({ outcome }) => outcome !== null);
      });
      return answer;
    },
    steer: (accountId: string, action: string, of: World = world) =>
      of.call('POST', `/v2/migrations/${accountId}/${action}`, { token: operator }),
    statusOf: (accountId: string) =>
      world.call('GET', `/v2/check-migration-status?account_id=${accountId}`, { token: service }),
    viewOf: async (accountId: string, of: World = world) =>
      (await of.call('GET', `/v2/migrations/${accountId}`, { token: operator })).json(),
    auditOf: async (accountId: string): Promise<{ action: string }[]> =>
      (await world.call('GET', `/v2/audit?account_id=${accountId}`, { token: operator })).json().entries,
    messagesOf: (accountId: string, of: World = world) =>
      of.store.prisma.workflowMessage.findMany({
        where: { subject: accountId },
        orderBy: { id: 'asc' },
      }),
    async signalsOf(accountId: string) {
      const history = await client.workflow.getHandle(`migration:${accountId}`).fetchHistory();
      return (history.events ?? []).flatMap(
        (event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? [],
      );
    },
    async close() {
      await connection.close();
      await world.close();
    },
  };
}

export const idsOf = (name: string) => ({ brand: `br_${name}`, sms: `ch_${name}_1`, email: `ch_${name}_2` });
