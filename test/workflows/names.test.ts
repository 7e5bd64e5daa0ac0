import { migrationOf } from '../../domain/conversations/migration.js';
import { randomBytes } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  migrationWorkflowId,
  operationWorkflowId,
  verificationWorkflowId,
} from '../../domain/conversations/ids.js';
import { PORTING_SIGNALS } from '../../domain/conversations/messages.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import { openTemporal, type TemporalClient } from '../../gateways/temporal/client.js';
import { portStart } from '../../gateways/temporal/conversations/ports.js';
import { openWorkflowControl, type WorkflowControl } from '../../gateways/temporal/workflow-control.js';
import { stackEnv, temporalAddress } from '../support/servers.js';
import { detailsOf, devServerTests, STEERING, until, type WorkflowTests } from './environment.js';
import { type FakeWorld, Gate, holdImports, progress } from './fakes.js';

const { EventType } = temporal.api.enums.v1;

/** With so much in its history a run is told to continue as new. */
const BALLAST = 'x'.repeat(150_000);

let tests: WorkflowTests;
let api: TemporalClient;
/** What these start is never run: its queue is served by nobody. */
let operators: TemporalClient;
let ports: WorkflowControl;
beforeAll(async () => {
  tests = await devServerTests();
  const environment = { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: tests.namespace };
  api = openTemporal({ environment });
  operators = openTemporal({ environment, taskQueue: 'served-by-nobody' });
  ports = openWorkflowControl({ environment, taskQueue: 'served-by-nobody' });
});
afterAll(async () => {
  await Promise.all([api?.close(), operators?.close(), ports?.close()]);
  await tests.close();
});

/** As the API starts the account's migration, which knows its name from the store. */
async function start(world: FakeWorld): Promise<void> {
  const { accountId } = world;
  const workflowId = migrationWorkflowId(accountId);
  const names = { subject: world.name };
  const message = {
    migration: migrationOf(accountId),
    workflowId,
    signal: SIGNALS.start,
    payload: STEERING,
    names,
  };
  expect(await api.deliver(message, 10_000)).toBe('delivered');
}

async function summaryOf(workflowId: string): Promise<string | undefined> {
  return (await tests.client.workflow.getHandle(workflowId).describe()).staticSummary();
}

/** A text as the Web UI shows it: the HTML that the server makes of Markdown. */
async function shown(markdown: string): Promise<string> {
  const query = new URLSearchParams({ content: markdown }).toString();
  const answer = await fetch(`${stackEnv().TEMPORAL_UI_URL}/render?${query}`);
  expect(answer.status).toBe(200);
  return /<main>(.*)<\/main>/s.exec(await answer.text())?.[1]?.trim() ?? '';
}

function named(world: FakeWorld, account: string, ...brands: string[]): FakeWorld {
  world.name = account;
  for (const [place, name] of brands.entries()) world.brand(`br_${place + 1}`, { name });
  return world;
}

describe('the Web UI', () => {
  it('names the account and its brands in summaries and details, beside their ids', async () => {
    const world = named(tests.world(), 'Acme Dental', 'North Clinic', 'South Clinic');
    const { accountId } = world;
    const gate = new Gate();
    holdImports(world, gate);
    await start(world);
    await until(() => world.times('copySlices') === 2, 'both brands are imported');
    const migration = tests.migration(world);
    expect(await summaryOf(migration.workflowId)).toBe(
      `Acme Dental (${accountId}): from Conversations to the helpdesk`,
    );
    expect(await detailsOf(migration)).toMatch(/^Acme Dental\n\n/);
    expect(await detailsOf(migration)).toContain('- North Clinic (`br_1`): recent under way');
    const brand = tests.brandRun(world, 'br_1');
    expect(await summaryOf(brand.workflowId)).toBe('Acme Dental · North Clinic (br_1): recent messages');
    expect(await detailsOf(brand)).toMatch(/^Acme Dental · North Clinic\n\n/);

    const { events } = await migration.fetchHistory();
    const children = (events ?? []).filter(
      ({ eventType }) => eventType === EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
    );
    expect(children.map(({ userMetadata }) => Buffer.from(userMetadata!.summary!.data!).toString())).toEqual([
      '"Acme Dental · North Clinic (br_1): recent messages"',
      '"Acme Dental · South Clinic (br_2): recent messages"',
    ]);
    gate.open();
    await migration.result();
    expect(await summaryOf(`${brand.workflowId}/remaining`)).toBe(
      'Acme Dental · North Clinic (br_1): remaining messages',
    );
  });

  it('names them in what operators start, and of a port the channel by its id', async () => {
    const accountId = `acc_${randomBytes(4).toString('hex')}`;
    const payload = { ...STEERING, verificationId: '1' };
    const names = { subject: 'Acme Dental', unit: 'North Clinic' };
    const message = { migration: migrationOf(accountId), names, payload };
    const reset = operationWorkflowId(accountId, 'reset');
    const verification = verificationWorkflowId(accountId);
    await operators.deliver({ ...message, workflowId: reset, signal: 'reset' }, 10_000);
    await operators.deliver({ ...message, workflowId: verification, signal: 'verify' }, 10_000);
    expect(await summaryOf(reset)).toBe(
      `Acme Dental (${accountId}): removes what was migrated, then migrates it again`,
    );
    expect(await summaryOf(verification)).toBe(
      `Acme Dental (${accountId}): Conversations compared with the helpdesk`,
    );

    await ports.start([portStart({ accountId, brandId: 'br_1', channelId: 'ch_1', names })]);
    const porting = tests.porting(tests.worldOf(accountId), 'ch_1');
    expect(await summaryOf(porting.workflowId)).toBe(
      'Acme Dental · North Clinic (br_1): port of channel ch_1',
    );
    await porting.terminate();
    await operators.deliver(
      {
        ...message,
        workflowId: porting.workflowId,
        signal: PORTING_SIGNALS.orderAgain,
        unit: 'br_1',
        payload: { channelId: 'ch_1' },
      },
      10_000,
    );
    expect(await summaryOf(porting.workflowId)).toBe(
      'Acme Dental · North Clinic (br_1): port of channel ch_1',
    );
    for (const id of [reset, verification, porting.workflowId])
      await tests.client.workflow.getHandle(id).terminate();
  });

  it('names them in the details of a brand’s run that continues another, whose summary Temporal drops', async () => {
    const world = named(tests.world(), 'Acme Dental', 'North Clinic');
    const gate = new Gate();
    let rounds = 0;
    world.script('copySlices', async ({ phase }, usual) => {
      if (phase === 'recent') return usual();
      rounds += 1;
      if (rounds === 40) await gate.passed;
      return { ...progress({ finished: rounds === 40, messages: rounds }), ballast: BALLAST };
    });
    await start(world);
    await until(() => rounds === 40, 'the last round is under way');
    const brand = tests.brandRun(world, 'br_1');
    expect(await summaryOf(brand.workflowId)).toBeUndefined();
    expect(await detailsOf(brand)).toMatch(/^Acme Dental · North Clinic\n\n/);
    gate.open();
    await tests.migration(world).result();
  });

  it('names them in the details of a migration that continues another, and in what that starts', async () => {
    const world = named(tests.world(), 'Acme Dental', 'North Clinic', 'South Clinic');
    const gate = new Gate();
    holdImports(world, gate);
    await start(world);
    await until(() => world.times('copySlices') === 2, 'both brands are imported');
    const migration = tests.migration(world);
    for (let told = 0; told < 30; told += 1)
      await migration.signal(SIGNALS.resume, { ...STEERING, ballast: BALLAST });
    gate.open();
    await migration.result();
    expect(world.times('prepareMigration')).toBe(1);
    expect(await summaryOf(migration.workflowId)).toBeUndefined();
    expect(await detailsOf(migration)).toMatch(/^Acme Dental\n\n/);
    expect(await detailsOf(migration)).toContain('- North Clinic (`br_1`): done');
    expect(await summaryOf(`${tests.brandRun(world, 'br_2').workflowId}/remaining`)).toBe(
      'Acme Dental · South Clinic (br_2): remaining messages',
    );
  });

  it('shows any name unchanged', async () => {
    const world = named(
      tests.world(),
      '`Acme`\n\n# <b>Dental</b> 🦷',
      '[win](https://evil.example) $x$ **now**',
      '1. FC '.concat('👨‍👩‍👧‍👦'.repeat(300)),
      ' \u0000\n',
    );
    const gate = new Gate();
    holdImports(world, gate);
    await start(world);
    await until(() => world.times('copySlices') === 3, 'all brands are imported');
    const summary = await summaryOf(tests.migration(world).workflowId);
    expect(summary).toContain(world.accountId);
    expect(await shown(summary!)).toMatch(
      /^<p>`Acme` # &lt;b&gt;Dental&lt;\/b&gt; 🦷 \(acc_\w+\): [^<]*<\/p>$/,
    );

    const details = await shown(await detailsOf(tests.migration(world)));
    expect(details).not.toMatch(/<a |<b>|<h1|<strong>now|math|<ol/);
    expect(details).toContain(
      '[win](https://evil.example) $x$ **now** (<code>br_1</code>): recent under way',
    );
    expect(details).toMatch(/<li>1\. FC (👨‍👩‍👧‍👦)+… \(<code>br_2<\/code>\): recent under way/u);
    expect(details).toContain('<li><code>br_3</code>: recent under way');

    const [hostile, long, empty] = await Promise.all(
      ['br_1', 'br_2', 'br_3'].map((id) => summaryOf(tests.brandRun(world, id).workflowId)),
    );
    expect(await shown(hostile!)).toMatch(/^<p>`Acme` # &lt;b&gt;[^<]*\[win\]\(https:[^<]*<\/p>$/);
    expect(long).toMatch(/ · 1\\\. FC (👨‍👩‍👧‍👦)+… \(br_2\): recent messages$/u);
    expect(empty).toMatch(/ · Brand br_3: recent messages$/);
    gate.open();
    await tests.migration(world).result();
  });
});
