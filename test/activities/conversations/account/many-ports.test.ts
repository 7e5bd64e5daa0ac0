import { migrationOf } from '../../../../domain/conversations/migration.js';
import { portStart } from '../../../../gateways/temporal/conversations/ports.js';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { longestId } from '../../../../domain/conversations/ids.js';
import { contradictionIn } from '../../../../gateways/conversations/contradictions.js';
import { openWorkflowControl, type WorkflowControl } from '../../../../gateways/temporal/workflow-control.js';
import { devServerTests, until, type WorkflowTests } from '../../../workflows/environment.js';
import { temporalAddress } from '../../../support/servers.js';
import { callWorld, serve, statusesOf } from './call-world.js';
import type { CallWorld } from './call-world.js';

const PORTS = 5_000;
const number = (line: number): string => `+1415${2_000_000 + line}`;

let world: CallWorld;
let temporal: WorkflowTests;
let control: WorkflowControl;
beforeAll(async () => {
  [world, temporal] = await Promise.all([callWorld(), devServerTests()]);
  // No worker serves this queue: the ports are started, and none of them is ordered.
  control = openWorkflowControl({
    environment: { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: temporal.namespace },
    taskQueue: 'ports-that-nobody-follows',
  });
});
afterAll(async () => {
  await control.close();
  await Promise.all([world.close(), temporal.close()]);
});

async function prepare(accountId: string, brands: Parameters<typeof serve>[2]): Promise<void> {
  serve(world, accountId, brands);
  await world.calls.prepareMigration(migrationOf(accountId));
}

function startPorts(brand: { accountId: string; brandId: string }, heartbeatDetails?: string) {
  const beats: unknown[] = [];
  const activity = new MockActivityEnvironment({ heartbeatDetails });
  activity.on('heartbeat', (details: unknown) => beats.push(details));
  return activity.run(world.calls.startPorts, brand).then(() => beats);
}

describe('A brand of 5,000 numbers to port', () => {
  const brand = { accountId: 'acc_ports', brandId: 'br_ports' };
  const channels = Array.from({ length: PORTS }, (_, line) => ({
    channel_id: `ch_${line}`,
    phone_number: number(line),
    port_phone_number: true,
  }));

  test('reports no more of them than Temporal can store', async () => {
    await prepare(brand.accountId, { [brand.brandId]: channels });
    const provision = await world.calls.provisionBrand(brand);
    expect(provision.failures).toEqual([]);
    expect(provision.portingChannelIds).toEqual(channels.slice(0, 100).map((channel) => channel.channel_id));
  });

  test('starts following each once, in the order in which they were opened, and an attempt after a crash continues there', async () => {
    const beats = await startPorts(brand);
    expect(world.started.map(({ args }) => args)).toEqual(
      channels.map(({ channel_id: channelId }) => [{ accountId: brand.accountId, channelId }]),
    );
    const names = { subject: 'Account acc_ports', unit: 'Brand br_ports' };
    expect(world.started[0]).toEqual(portStart({ ...brand, channelId: 'ch_0', names }).options);
    world.started.length = 0;
    await startPorts(brand, String(beats.at(-3)));
    expect(world.started).toHaveLength(200);
  });

  test('follows none while the account is being reset', async () => {
    world.started.length = 0;
    const resetting = 'UPDATE carryover.migrations SET resetting = $2 WHERE subject = $1';
    await world.store.pool.query(resetting, [brand.accountId, { by: 'admin', since: 'now' }]);
    await startPorts(brand);
    expect(world.started).toEqual([]);
  });
});

test('Hundreds of ports are started at Temporal, found again, and searchable by brand', async () => {
  const ports = Array.from({ length: 500 }, (_, line) => ({
    accountId: 'acc_many',
    brandId: 'br_many',
    channelId: `ch_${line}`,
  }));
  await control.start(ports.map(portStart));
  await control.start(ports.slice(0, 50).map(portStart));
  const count = async () =>
    (await temporal.client.workflow.count(`BrandId = 'br_many' AND Phase = 'porting'`)).count;
  await until(async () => (await count()) === ports.length, 'all are found');
});

test('A port that is complete in Temporal and open in the store is followed again', async () => {
  const port = { accountId: 'acc_restored', brandId: 'br_1', channelId: 'ch_1' };
  const restored = temporal.worldOf(port.accountId);
  restored.script('followPort', () => ({ status: 'complete', at: '2090-01-01T00:00:00.000Z' }));
  for (const times of [1, 2]) {
    await restored.followPort(port);
    await temporal.porting(restored, 'ch_1').result();
    expect(restored.times('followPort')).toBe(times);
  }
});

describe('Ids that are too long to name workflows after', () => {
  test('of a channel fail only that channel, and name the limit', async () => {
    const brand = { accountId: 'acc_long', brandId: 'br_long' };
    const limit = longestId(brand.accountId);
    await prepare(brand.accountId, {
      [brand.brandId]: [
        { channel_id: 'c'.repeat(limit + 1) },
        { channel_id: 'c'.repeat(limit) },
        { channel_id: 'c'.repeat(5_000) },
      ],
    });
    const { failures } = await world.calls.provisionBrand(brand);
    expect(failures.map(({ type }) => type)).toEqual(['ChannelImpossible', 'ChannelImpossible']);
    expect(failures[0]?.message).toContain(`more than ${limit} bytes`);
    expect(failures[0]!.message.length).toBeLessThan(500);
    const { channels } = await statusesOf(world, brand.accountId);
    expect(Object.keys(channels)).toEqual(['c'.repeat(limit)]);
  });

  test('of a brand make the payload invalid', async () => {
    const limit = longestId('acc_long_2');
    await expect(prepare('acc_long_2', { ['b'.repeat(limit + 1)]: [] })).rejects.toMatchObject({
      type: 'PayloadImpossible',
      message: expect.stringContaining(`more than ${limit} bytes`),
    });
    await prepare('acc_long_2', { ['b'.repeat(limit)]: [] });
  });

  test('of an account make its payload invalid', () => {
    const account = { account_id: 'a'.repeat(1_000), name: 'Long' };
    expect(contradictionIn({ account, brands: [], messages: { kind: 'dynamodb' } })).toContain('too long');
  });

  test('of too many brands together make the payload invalid', async () => {
    const brands = Array.from({ length: 20_000 }, (_, place) => [`${'b'.repeat(60)}${place}`, []] as const);
    await expect(prepare('acc_wide', Object.fromEntries(brands))).rejects.toMatchObject({
      type: 'PayloadImpossible',
      message: expect.stringContaining('20000 brands'),
    });
  });
});
