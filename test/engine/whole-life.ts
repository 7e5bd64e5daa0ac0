import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { expect } from 'vitest';
import type { PhaseInput } from '../../activities/engine/types.js';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import { migrationOf } from '../../domain/conversations/migration.js';
import { expectStoreToHold } from '../e2e/plain-reading.js';
import { outside, startedWorkflows } from './cuts.js';
import type { Run } from './journal.js';
import { isPortOpen, type Servers } from './lives.js';

/**
 * Everything that is done for an account, as people request it and workflows order it: it is migrated, its number is ported, it is verified and
 * repaired after damage, quarantine is retried, and it is reset, migrated anew and cancelled. The store is compared with the truth after each step.
 */
export async function wholeLife(run: Run, account: SampleAccount, servers: Servers): Promise<void> {
  const { accountId } = account;
  const of = new AccountsLife(run, account, servers);
  await of.ask(`/v2/accounts/${accountId}`);
  await of.ask('/v2/start-migration', { account_id: accountId });
  await of.isMigrated();
  await of.isPorted();
  for (const action of ['pause', 'resume']) await of.ask(`/v2/migrations/${accountId}/${action}`, {});
  await of.isRepaired();
  await of.isRetried();
  await of.isReset();
  await of.isMigrated();
  await of.isPorted();
  await of.ask(`/v2/migrations/${accountId}/cancel`, {});
}

class AccountsLife {
  constructor(
    private readonly run: Run,
    private readonly account: SampleAccount,
    private readonly servers: Servers,
  ) {}

  /** Calls the API; resolves once Temporal has the message too. */
  async ask(url: string, body?: object): Promise<void> {
    await this.run.step(() => this.run.life.ask(body === undefined ? 'GET' : 'POST', url, body));
    await this.isDelivered();
  }

  async isMigrated(): Promise<void> {
    const { accountId } = this.account;
    const { run } = this;
    const { units } = await run.call('prepareMigration', migrationOf(accountId));
    const brands = units.map(({ unit: brandId }) => ({ brandId }));
    for (const { brandId } of brands) {
      await run.call('provisionBrand', { accountId, brandId });
      await run.call('startPorts', { accountId, brandId });
    }
    for (const phase of ['recent', 'remaining'] as const)
      for (const { unit } of units) await this.#imports({ ...migrationOf(accountId), unit, phase });
    for (const { brandId } of brands)
      while ((await run.call('fetchAttachments', { accountId, brandId })).left > 0);
    await this.#holdsTheTruth();
  }

  async #imports(input: PhaseInput): Promise<void> {
    for (;;) {
      const { finished, completed } = await this.run.call('copySlices', input);
      if (finished && completed === undefined) await this.run.call('completePhase', input);
      if (finished) return;
    }
  }

  /** Each number is ordered once. The carrier ports the first of them and calls back; the other order stays open. */
  async isPorted(): Promise<void> {
    const { accountId } = this.account;
    const { run, servers } = this;
    const ports = await run.step(() => this.#read<Port>(PORTS));
    for (const [index, { channelId }] of ports.entries()) {
      const follow = () =>
        run.life.call('followPort', { accountId, channelId }, { activityId: channelId, attempt: 1 });
      const state = await run.step(() =>
        follow().catch((error: unknown) => {
          if (!isPortOpen(error)) throw error;
          return 'open';
        }),
      );
      if (index > 0 || state !== 'open') continue;
      const id = await run.step(async () => (await this.#read<Port>(PORTS))[0]?.orderId ?? '');
      const data = await run.step(async () => {
        servers.world.carrier.move(id, 'complete');
        return { ...servers.world.carrier.orders.get(id) };
      });
      await run.step(() => run.life.callBack(`msg_${id}`, data));
      await this.isDelivered();
      expect(await run.step(follow)).toMatchObject({ status: 'complete' });
    }
    await run.step(async () => {
      const live = [...servers.world.carrier.orders.values()].filter(
        (order) => order.account_id === accountId && order.status !== 'cancelled',
      );
      const numbers = live.map((order) => order.phone_number);
      expect(numbers.toSorted()).toEqual(ports.map(({ number }) => number).toSorted());
    });
  }

  /** One message is lost and one is changed. */
  async isRepaired(): Promise<void> {
    const { accountId } = this.account;
    const { run } = this;
    await run.step(async () => {
      const [lost, changed] = await this.#read<{ id: string }>(MESSAGES);
      await this.#query('DELETE FROM messages WHERE id = $1', lost?.id);
      await this.#query(`UPDATE messages SET body = body || '.' WHERE id = $1`, changed?.id);
    });
    await this.ask(`/v2/migrations/${accountId}/verify`, { repair: true });
    const verificationId = await run.step(
      async () => (await this.#read<{ id: string }>(VERIFICATION))[0]?.id ?? '',
    );
    const ref = { ...migrationOf(accountId), verificationId };
    const { units } = await run.call('openVerification', ref);
    for (const pass of [1, 2] as const) {
      const turns = { ...ref, units, pass, repair: pass === 1, finishing: true };
      while (!(await run.call('verifyUnits', turns)).finished);
      await run.call('finishTurns', turns);
    }
    expect(await run.call('endVerification', ref)).toBe('equal');
    await this.#holdsTheTruth();
  }

  async isRetried(): Promise<void> {
    const { accountId } = this.account;
    await this.ask(`/v2/migrations/${accountId}/quarantine/retry`, {});
    for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
      const input = { accountId, ...(after === undefined ? {} : { after }) };
      ({ after } = await this.run.call('retryQuarantined', input));
    }
    await this.#holdsTheTruth();
  }

  async isReset(): Promise<void> {
    const { accountId } = this.account;
    const { run } = this;
    await this.ask('/v2/reset-migration', { account_id: accountId });
    // Their workers are not in this test.
    await run.step(() => outside(() => this.#endWorkflows()));
    await run.call('endWorkflows', { accountId });
    await run.call('cancelPorts', { accountId });
    do {
      while (!(await run.call('removeImported', { accountId })).done);
    } while (!(await run.call('finishReset', { accountId })).finished);
    await this.isDelivered();
  }

  async #endWorkflows(): Promise<void> {
    const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = this.servers.env;
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    for (const workflowId of startedWorkflows)
      await client.workflow
        .getHandle(workflowId)
        .terminate()
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
    await connection.close();
  }

  /** No message in the outbox waits for Temporal. */
  async isDelivered(): Promise<void> {
    await this.run.step(async () => {
      if ((await this.#read(UNDELIVERED)).length === 0) return;
      await this.run.life.api();
      await expect.poll(() => this.#read(UNDELIVERED), { interval: 20 }).toEqual([]);
    });
  }

  async #holdsTheTruth(): Promise<void> {
    await this.run.step(() => outside(() => expectStoreToHold(this.servers.truth, this.account)));
  }

  async #read<Row extends object>(query: string): Promise<Row[]> {
    return (await this.#query<Row>(query, this.account.accountId)).rows;
  }

  #query<Row extends object>(query: string, value: string | undefined) {
    return outside(() => this.servers.truth.query<Row>(query, [value]));
  }
}

interface Port {
  readonly channelId: string;
  readonly number: string;
  readonly orderId: string | null;
}

const PORTS = `SELECT c.source_id AS "channelId", p.phone_number AS number, p.port_order_id AS "orderId"
  FROM phone_portings p JOIN channels c ON c.id = p.channel_id JOIN accounts a ON a.id = p.account_id
  WHERE a.source_id = $1 ORDER BY p.status <> 'complete', p.phone_number`;
const MESSAGES = `SELECT m.id FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id
  JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1 AND m.body IS NOT NULL ORDER BY m.source_id LIMIT 2`;
const VERIFICATION = `SELECT v.id::text FROM carryover.verifications v WHERE v.subject = $1
  ORDER BY v.id DESC LIMIT 1`;
const UNDELIVERED = `SELECT id FROM carryover.workflow_messages WHERE subject = $1 AND delivered_at IS NULL AND refused_at IS NULL`;
