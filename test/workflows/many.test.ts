import { describe, expect, it } from 'vitest';
import { longestId, migrationWorkflowId, portingWorkflowId } from '../../domain/conversations/ids.js';
import { PHASES } from '../../domain/conversations/phases.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import type { MigrationProgress, UnitOutcome } from '../../domain/engine/runs.js';
import { conversations } from '../../workflows/conversations/kind.js';
import { UnitPlan } from '../../workflows/engine/units/unit-plan.js';
import { devServerTests, failureOf, STEERING, until, type WorkflowTests } from './environment.js';
import { failing, Gate } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

/** Temporal refuses a larger input or result. */
const PAYLOAD_LIMIT = 2 * 1024 * 1024;
/** With so much in its history a run is told to continue as new. */
const BALLAST = 'x'.repeat(150_000);

const UUID = '0b9d1c5e-4f0b-4b8e-9a51-7d0f3f1c2a44';
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

let tests: WorkflowTests;
forThisFile(devServerTests, (opened) => (tests = opened));

describe('a plan of 20,000 brands', () => {
  const brands = Array.from({ length: 20_000 }, (_, place) => ({
    unit: `${UUID}${place}`.slice(-36),
    phases: PHASES,
  }));
  const tally = { threads: 123_456, messages: 1_234_567, quarantined: 12_345 };
  const outcome: UnitOutcome = {
    counts: { recent: { tally, checked: true } },
    own: { attachments: { left: 12_345 } },
  };

  it('fits into the input of the next run in any state, and continues there', () => {
    const plan = new UnitPlan(conversations.phases);
    plan.take(brands, []);
    const first = plan.startNext();
    expect(first.map(({ unit }) => unit)).toEqual(brands.slice(0, 4).map(({ unit }) => unit));
    const [done, failed, ...others] = first;
    plan.failed(failed!.unit, { type: 'SourceUnavailable', since: Date.UTC(2026, 0, 1) });
    for (const run of [done!, ...others]) plan.finished(run, outcome);
    expect(sizeOf(plan.carried)).toBeLessThan(PAYLOAD_LIMIT);
    expect(sizeOf(plan.progress)).toBeLessThan(PAYLOAD_LIMIT / 4);

    const next = new UnitPlan(conversations.phases, plan.carried);
    expect(next.progress.states).toEqual(plan.progress.states);
    expect(next.failures).toEqual(plan.failures);
    expect(next.startNext().map(({ unit, phases }) => [unit, ...phases])).toEqual(
      brands.slice(4, 8).map(({ unit }) => [unit, 'recent']),
    );
  });

  it('fits even if every brand has failed', () => {
    const plan = new UnitPlan(conversations.phases);
    plan.take(brands, []);
    for (const { unit } of brands)
      plan.failed(unit, { type: 'AttachmentsUnavailable', since: Date.UTC(2026, 0, 1) });
    expect(sizeOf(plan.carried)).toBeLessThan(PAYLOAD_LIMIT);
    expect(new UnitPlan(conversations.phases, plan.carried).failures.size).toBe(brands.length);
  });
});

describe('an account of 5,000 brands', () => {
  it('is migrated over several runs, and its result fits into Temporal', async () => {
    const world = tests.world();
    const long = 'b'.repeat(200);
    // Most brands are done: the rest is enough to see how the plan is passed from run to run.
    for (let place = 0; place < 5_000; place += 1)
      world.brand(`${long}${place}`, { status: place % 1_000 === 0 ? 'none' : 'all-messages-migrated' });
    const gate = new Gate();
    world.script('copySlices', async ({ unit: brandId }, usual) => {
      if (brandId === `${long}4000`) throw failing('SourceRefused', { final: true });
      await gate.passed;
      return usual();
    });
    const first = await tests.start(world);
    const { runId } = await first.describe();
    await until(() => world.times('copySlices') === 4, 'brands are under way');
    for (let told = 0; told < 30; told += 1)
      await tests.migration(world).signal(SIGNALS.resume, { ...STEERING, ballast: BALLAST });
    gate.open();
    expect(await failureOf(first)).toMatchObject({
      details: [{ units: { [`${long}4000`]: 'SourceRefused' } }],
    });
    expect((await tests.migration(world).describe()).runId).not.toBe(runId);
    expect(world.times('prepareMigration')).toBe(1);
    const { states, units } = await tests.migration(world).query<MigrationProgress>('progress');
    expect(states).toEqual({ waiting: 0, running: 0, failed: 1, done: 4_999 });
    expect(Object.keys(units)).toHaveLength(500);
  });
});

describe('ids of the maximum length', () => {
  it('have workflows, labels and summaries that Temporal takes', async () => {
    const accountId = `acc_${'é'.repeat(180)}`;
    const limit = longestId(accountId);
    const brandId = 'b'.repeat(limit);
    const channelId = 'c'.repeat(limit);
    const world = tests
      .worldOf(accountId)
      .brand(brandId, { ports: [channelId] })
      .brand('br_2');
    await (await tests.start(world)).result();
    expect(world.status(brandId)).toBe('all-messages-migrated');
    const ids = [migrationWorkflowId(accountId), portingWorkflowId(accountId, channelId)];
    for (const id of ids) expect(Buffer.byteLength(id)).toBeLessThanOrEqual(1_000);
    await tests.porting(world, channelId).terminate();
  });
});
