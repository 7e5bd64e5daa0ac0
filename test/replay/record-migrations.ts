import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, it } from 'vitest';
import { WORKFLOW_TYPES, brandWorkflowId, migrationWorkflowId } from '../../domain/conversations/ids.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { PORTING_SIGNALS } from '../../domain/conversations/messages.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import type { MigrationInput, UnitInput, UnitProgress } from '../../domain/engine/runs.js';
import type { BrandOwn } from '../../domain/conversations/brand-own.js';
import type { PortingStatus } from '../../domain/conversations/porting.js';
import { devServerTests, failureOf, STEERING, until, type WorkflowTests } from '../workflows/environment.js';
import { failing, type FakeWorld, Gate, holdImports, progress } from '../workflows/fakes.js';
import { HISTORIES, keep } from './histories.js';

/** Real runs on a real server, with fake activities: ids are made up, and there is nobody's data in them. */

let tests: WorkflowTests;
beforeAll(async () => {
  await mkdir(HISTORIES, { recursive: true });
  tests = await devServerTests();
});
afterAll(() => tests.close());

async function keepAll(name: string, world: FakeWorld): Promise<void> {
  await keep(`${name}.migration`, tests.migration(world));
  for (const brandId of world.brands.keys()) await keep(`${name}.${brandId}`, tests.brandRun(world, brandId));
}

function callback(world: FakeWorld, status: PortingStatus, day: number): Promise<void> {
  return tests
    .porting(world, 'ch_1')
    .signal(PORTING_SIGNALS.portingNews, { status, at: `2090-01-0${day}T00:00:00.000Z` });
}

it('small account', async () => {
  const world = tests.worldOf('acc_small').brand('br_1', { attachments: 2 });
  await (await tests.start(world)).result();
  await keepAll('small', world);
});

it('several brands, several lanes', async () => {
  const world = tests.worldOf('acc_several').brand('br_1').brand('br_2', { attachments: 3 }).brand('br_3');
  const rounds = new Map<string, number>();
  world.script('copySlices', ({ unit: brandId, phase }) => {
    const calls = (rounds.get(brandId + phase) ?? 0) + 1;
    rounds.set(brandId + phase, calls);
    return progress({ finished: calls >= 5, lanes: 3, messages: calls * 100, threads: calls });
  });
  await (await tests.start(world)).result();
  await keepAll('several', world);
});

it('failure, then the end of the run', async () => {
  const world = tests.worldOf('acc_failed').brand('br_1').brand('br_2');
  world.script('copySlices', ({ unit: brandId, phase }, usual) => {
    if (brandId === 'br_1' && phase === 'remaining') throw failing('SourceRefused', { final: true });
    return usual();
  });
  await failureOf(await tests.start(world));
  await keepAll('failed', world);
});

it('failure, then a start while others run', async () => {
  const world = tests.worldOf('acc_restarted').brand('br_1').brand('br_2');
  const gate = new Gate();
  world.script('copySlices', async ({ unit: brandId }, usual) => {
    if (brandId === 'br_2') await gate.passed;
    else if (world.times('recordUnitFailure') === 0) throw failing('SourceRefused', { final: true });
    return usual();
  });
  const migration = await tests.start(world);
  await until(() => world.status('br_1') === 'recent-messages-failure', 'br_1 has failed');
  await tests.start(world);
  await until(() => world.status('br_1') === 'recent-messages-migrated', 'br_1 has its recent messages');
  gate.open();
  await migration.result();
  await keepAll('restarted', world);
});

it('paused and resumed', async () => {
  const world = tests.worldOf('acc_paused').brand('br_1').brand('br_2');
  const gate = new Gate();
  holdImports(world, gate);
  const migration = await tests.start(world);
  await until(() => world.times('copySlices') === 2, 'both imports run');
  await migration.signal(SIGNALS.pause, STEERING);
  await until(
    async () => (await migration.describe()).searchAttributes['Paused']?.[0] === true,
    'it is paused',
  );
  for (const brandId of ['br_1', 'br_2']) {
    const brand = tests.brandRun(world, brandId);
    const isTold = async () => (await brand.query<UnitProgress>('progress')).paused !== undefined;
    await until(isTold, `${brandId} has been told`);
  }
  gate.open();
  const brand = tests.brandRun(world, 'br_1');
  const isPaused = async () => (await brand.describe()).searchAttributes['Paused']?.[0] === true;
  await until(isPaused, 'br_1 is paused');
  // Others take over in the middle.
  await tests.replaceWorkers();
  await migration.signal(SIGNALS.resume, STEERING);
  await migration.result();
  await keepAll('paused', world);
});

it('gone on as new, of a migration and of a brand', async () => {
  const world = tests
    .worldOf('acc_continued')
    .brand('br_1')
    .brand('br_2', { status: 'recent-messages-migrated' });
  const { accountId } = world;
  const tally = { threads: 2, messages: 20, quarantined: 0 };
  const counts = { recent: { tally, checked: true } };
  const own: BrandOwn = { channels: 'done', attachments: { left: 0 } };
  const failure = { type: 'SourceRefused', since: 5 } as const;
  const migration: MigrationInput = {
    subject: accountId,
    carried: {
      units: [
        ['br_1', { state: 'failed', phases: ['recent', 'remaining'], counts: {}, failure }],
        ['br_2', { state: 'waiting', phases: ['remaining'], counts, own }],
      ],
      retryUpTo: 4,
    },
  };
  const options = { taskQueue: TASK_QUEUES.workflows };
  const workflowId = migrationWorkflowId(accountId);
  await failureOf(
    await tests.client.workflow.start(WORKFLOW_TYPES.migration, {
      ...options,
      workflowId,
      args: [migration],
    }),
  );
  await keep('continued.migration', tests.migration(world));

  const brand: UnitInput<BrandOwn> = {
    subject: accountId,
    unit: 'br_2',
    phases: ['remaining'],
    own,
    carried: { counts, isWhole: true },
  };
  const continued = { ...options, workflowId: brandWorkflowId(accountId, 'br_2'), args: [brand] };
  const handle = await tests.client.workflow.start(WORKFLOW_TYPES.brand, continued);
  await handle.result();
  await keep('continued.br_2', handle);
});

it('cancelled, by signal and by Temporal', async () => {
  const world = tests.worldOf('acc_cancelled').brand('br_1', { ports: ['ch_1'] });
  const gate = new Gate();
  holdImports(world, gate);
  const migration = await tests.start(world);
  await until(() => world.times('copySlices') === 1, 'the import runs');
  await migration.signal(SIGNALS.cancel, STEERING);
  await migration.cancel();
  gate.open();
  await failureOf(migration);
  await keepAll('cancelled', world);
});

it('cancelled and started again before its end', async () => {
  const world = tests.worldOf('acc_cancelled_started').brand('br_1');
  const gate = new Gate();
  holdImports(world, gate);
  const migration = await tests.start(world);
  await until(() => world.times('copySlices') === 1, 'the import runs');
  const { runId } = await migration.describe();
  await migration.signal(SIGNALS.cancel, STEERING);
  await tests.start(world);
  gate.open();
  await migration.result();
  await keep('cancelled-started.migration', tests.client.workflow.getHandle(migration.workflowId, runId));
});

it('closed account', async () => {
  const world = tests.worldOf('acc_closed');
  world.script('prepareMigration', () => {
    throw failing('AccountClosed', { final: true });
  });
  await failureOf(await tests.start(world));
  await keepAll('closed', world);
});

it('impossible channel beside one whose number is ported', async () => {
  const world = tests.worldOf('acc_channel').brand('br_1', { ports: ['ch_1'] });
  world.script('provisionBrand', async (_input, usual) => ({
    ...(await usual()),
    failures: [
      { type: 'ChannelImpossible', message: 'Channel ch_2 of brand br_1 has a type that nobody knows.' },
    ],
  }));
  await failureOf(await tests.start(world));
  await keepAll('channel-failure', world);
});

it('port that completes', async () => {
  const world = tests.worldOf('acc_port_complete').brand('br_1', { ports: ['ch_1'] });
  await (await tests.start(world)).result();
  await callback(world, 'complete', 1);
  await tests.porting(world, 'ch_1').result();
  await keep('port-complete', tests.porting(world, 'ch_1'));
});

it('port with an exception that is resolved', async () => {
  const world = tests.worldOf('acc_port_exception').brand('br_1', { ports: ['ch_1'] });
  world.pollSeconds = 1;
  await (await tests.start(world)).result();
  world.ports.set('ch_1', { status: 'exception', at: '2090-01-01T00:00:00.000Z' });
  const asked = world.times('followPort');
  await until(() => world.times('followPort') > asked, 'the carrier was asked after the exception');
  await callback(world, 'complete', 2);
  await tests.porting(world, 'ch_1').result();
  await keep('port-exception', tests.porting(world, 'ch_1'));
});

it('port that the carrier cancels, and that is ordered again in the same run', async () => {
  const world = tests.worldOf('acc_port_cancelled').brand('br_1', { ports: ['ch_1'] });
  await (await tests.start(world)).result();
  await until(() => world.orders.length === 1, 'the port is ordered');
  await callback(world, 'cancelled', 1);
  await until(() => world.times('followPort') === 2, 'the store was asked once more');
  await tests.porting(world, 'ch_1').signal(PORTING_SIGNALS.orderAgain);
  await callback(world, 'complete', 2);
  await tests.porting(world, 'ch_1').result();
  await keep('port-cancelled-again', tests.porting(world, 'ch_1'));
});

it('port that is refused', async () => {
  const world = tests.worldOf('acc_port_refused').brand('br_1', { ports: ['ch_1'] });
  world.script('followPort', () => ({ status: 'refused', at: '2026-01-05T10:00:00.000Z' }));
  await (await tests.start(world)).result();
  await failureOf(tests.porting(world, 'ch_1'));
  await keep('port-refused', tests.porting(world, 'ch_1'));
});

it('port whose carrier is asked', async () => {
  const world = tests.worldOf('acc_port_asked').brand('br_1', { ports: ['ch_1'] });
  world.pollSeconds = 1;
  world.script('followPort', (_input, usual) =>
    world.times('followPort') < 3 ? usual() : { status: 'complete', at: '2090-01-05T10:00:00.000Z' },
  );
  await (await tests.start(world)).result();
  await tests.porting(world, 'ch_1').result();
  await keep('port-asked', tests.porting(world, 'ch_1'));
});
