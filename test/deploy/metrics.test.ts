import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Carryover, startCarryover } from '../e2e/carryover.js';
import { startMigration, untilStatus } from '../e2e/more-accounts.js';
import { type Family, parseMetrics } from '../support/prometheus.js';
import { alertRules, dashboard, metricsIn, TEMPORALS } from './observability.js';

let carryover: Carryover;
let accountId: string;
let ids: string[];
let api: ReadonlyMap<string, Family>;
let worker: ReadonlyMap<string, Family>;

beforeAll(async () => {
  carryover = await startCarryover({
    account: { seed: 11, accountId: 'acc_11', threads: 150, messages: 1_500, dirt: 'all' },
  });
  accountId = carryover.world.account.accountId;
  carryover.startWorker({ METRICS_PORT: '0' });
  await startMigration(carryover, accountId);
  const { brands, channels } = await untilStatus(carryover, accountId, 'all-messages-migrated');
  ids = [accountId, ...Object.keys(brands), ...Object.keys(channels)];
  await carryover.call('POST', '/v2/waves', { key: accountId, keys: [accountId], at_once: 1 });
  await vi.waitFor(async () =>
    expect((await carryover.call('GET', '/v2/waves/1')).body).toMatchObject({ state: 'done' }),
  );
  await carryover.call('GET', `/v2/migrations/${accountId}`);
  await carryover.call('GET', `/v2/nothing/${accountId}`);
  api = await metricsAt(`http://127.0.0.1:${carryover.env['PORT']}`);
  const [, url = ''] = /"url":"(http:[^"]+)"/.exec(await carryover.logOf('worker')) ?? [];
  worker = await metricsAt(url);
});
afterAll(async () => {
  await carryover?.stop();
});

async function metricsAt(url: string): Promise<ReadonlyMap<string, Family>> {
  return parseMetrics(await (await fetch(`${url}/metrics`)).text());
}

const valueOf = (of: ReadonlyMap<string, Family>, name: string, labels: object = {}): number | undefined =>
  [...of.values()]
    .flatMap(({ samples }) => samples)
    .find((sample) => sample.name === name && expect.objectContaining(labels).asymmetricMatch(sample.labels))
    ?.value;

/** Labels of which there are few values, whatever is migrated. */
const BOUNDED = new Set(
  (
    'method route status kind state pass stage table pool le target reason destination queue version build_id type space major minor patch ' +
    // Temporal's own.
    'namespace task_queue worker_type service_name operation workflow_type activity_type poller_type status_code ' +
    'failure_reason eager quantile is_local client_name client_version resource_type'
  ).split(' '),
);

describe.each([
  ['API', () => api],
  ['worker', () => worker],
])('the metrics of the %s', (_name, metrics) => {
  it('each have a type and a help text that says more than its name', () => {
    for (const { name, type, help } of metrics().values()) {
      expect(type, name).toMatch(/^(counter|gauge|histogram|summary)$/);
      // Temporal's core gives some of its metrics no text.
      if (!name.startsWith('temporal_')) expect(help.split(' ').length, name).toBeGreaterThan(1);
    }
  });

  it('have labels of few values only: nothing about an account, brand, number or path', () => {
    for (const { name, samples } of metrics().values()) {
      for (const { labels } of samples) {
        for (const [label, value] of Object.entries(labels)) {
          expect(BOUNDED, `${name}{${label}="${value}"}`).toContain(label);
          for (const id of ids) expect(value, `${name}{${label}}`).not.toContain(id);
          expect(value, `${name}{${label}}`).not.toMatch(/\+\d{7}/);
        }
      }
      expect(samples.length, name).toBeLessThan(400);
    }
  });
});

it('the API counts migrations, ports and what is in quarantine, and how long the account took to be ready', () => {
  const kind = 'conversations';
  const { counts } = carryover.world.account;
  expect(valueOf(api, 'carryover_migrations', { kind, status: 'all-messages-migrated' })).toBe(1);
  const ports = [...(api.get('carryover_ports')?.samples ?? [])].reduce((sum, { value }) => sum + value, 0);
  expect(ports).toBe(counts.ports);
  expect(valueOf(api, 'carryover_quarantined_records', { table: 'messages' })).toBeGreaterThan(0);
  expect(valueOf(api, 'carryover_migration_ready_seconds_count', { kind })).toBe(1);
  expect(valueOf(api, 'carryover_migration_ready_seconds_bucket', { kind, le: '+Inf' })).toBe(1);
  expect(valueOf(api, 'carryover_migration_ready_seconds_bucket', { kind, le: '259200' })).toBe(1);
  expect(valueOf(api, 'carryover_migration_ready_seconds_sum', { kind })).toBeGreaterThan(0);
  expect(valueOf(api, 'carryover_waves', { kind, state: 'done' })).toBe(1);
  expect(valueOf(api, 'carryover_store_up')).toBe(1);
  expect(valueOf(api, 'carryover_workflow_messages_waiting')).toBe(0);
});

it('the worker counts the records that it has committed, and shows its queues, its pools and what Temporal counts', async () => {
  const committed = valueOf(worker, 'carryover_records_committed_total', {
    kind: 'conversations',
    pass: 'copy',
    stage: 'messages',
  });
  const { rows } = await carryover.store.query<{ read: string }>(
    `SELECT sum(read) AS read FROM carryover.tallies WHERE pass = 'copy' AND stage = 'messages'`,
  );
  expect(committed).toBe(Number(rows[0]?.read));
  for (const queue of ['workflows', 'calls', 'imports', 'following'])
    expect(valueOf(worker, 'carryover_worker_polling', { queue })).toBe(1);
  expect(valueOf(worker, 'carryover_store_connections', { pool: 'bulk' })).toBeGreaterThan(0);
  expect(valueOf(worker, 'carryover_write_share', { target: 'store' })).toBeGreaterThan(0);
  expect(
    valueOf(worker, 'temporal_worker_task_slots_available', { worker_type: 'WorkflowWorker' }),
  ).toBeGreaterThan(0);
});

it('the dashboard and the alert rules name no metric that nobody exports', async () => {
  const exported = new Set(
    [...api.values(), ...worker.values()].flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  const named = [...metricsIn(await dashboard()), ...metricsIn(await alertRules())];
  expect(named.length).toBeGreaterThan(20);
  const unknown = named.filter((name) => !exported.has(name) && !TEMPORALS.has(name));
  expect([...new Set(unknown)]).toEqual([]);
});
