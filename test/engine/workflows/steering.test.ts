import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MigrationProgress, UNITS_FAILED } from '../../../domain/engine/runs.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { openTemporal, type TemporalClient } from '../../../gateways/temporal/client.js';
import { type World, apiWorld, tokenFor } from '../../api/world.js';
import { temporalAddress } from '../../support/servers.js';
import { type DevNamespace, devNamespace, failureOf, until } from '../../workflows/environment.js';
import { failing, Gate } from '../../workflows/fakes.js';
import { copied, type NumbersFile, NumbersTests } from './numbers-world.js';
import { NUMBERS, NUMBERS_AT_TEMPORAL, numbersKind, ROWS } from './steered-numbers.js';

let server: DevNamespace;
let tests: NumbersTests;
let temporal: TemporalClient;
let world: World;
let token: string;
beforeAll(async () => {
  server = await devNamespace('steering');
  tests = new NumbersTests(server);
  await tests.startWorkers();
  temporal = openTemporal({
    environment: { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: server.namespace },
    kinds: { [NUMBERS]: NUMBERS_AT_TEMPORAL },
  });
  world = await apiWorld({ temporal, kinds: { [NUMBERS]: numbersKind } });
  token = await tokenFor('operator');
});
afterAll(async () => {
  await tests.stopWorkers();
  await world.close();
  await temporal.close();
  await server.close();
});

const path = ({ name }: NumbersFile) => `/v2/kinds/${NUMBERS}/migrations/${name}`;
const ask = async (file: NumbersFile, action: string, body?: object) => {
  const answer = await world.call('POST', `${path(file)}/${action}`, { token, ...(body && { body }) });
  return { code: answer.statusCode, ...answer.json() };
};
const statusOf = async (file: NumbersFile): Promise<string> =>
  (await world.call('GET', path(file), { token })).json().status;
const run = ({ name }: NumbersFile) => server.client.workflow.getHandle(`numbers:${name}`);
const write = (work: Parameters<typeof transaction<unknown>>[2]) =>
  transaction(world.store.control, 'test', work);

/** A file whose migration was asked for, and stands in its first lane until the gate opens. */
async function started(): Promise<{ readonly file: NumbersFile; readonly gate: Gate }> {
  const file = tests.file();
  const gate = new Gate();
  file.copy = async () => {
    await gate.passed;
    return copied(10);
  };
  await write((tx) => ROWS.steer(tx, file.name, (asked) => asked));
  expect(await ask(file, 'retry')).toMatchObject({ code: 202, status: 'running' });
  await until(() => file.times('copySlices a positive') === 1, 'a is being copied');
  return { file, gate };
}

test('a kind that keeps only a row is started, paused and resumed by its workflow', async () => {
  const { file, gate } = await started();
  expect((await run(file).describe()).type).toBe('NumbersWorkflow');
  const isPaused = async () =>
    (await run(file).query<MigrationProgress>('progress')).paused?.by === 'somebody-operator';
  expect(await ask(file, 'pause')).toMatchObject({ code: 202, status: 'running' });
  await until(isPaused, 'the workflow is paused');
  const listed = await world.call('GET', `/v2/kinds/${NUMBERS}/migrations?q=${file.name}`, { token });
  expect(listed.json().migrations).toMatchObject([{ key: file.name, paused: { by: 'somebody-operator' } }]);
  expect(await ask(file, 'verify', {})).toMatchObject({
    code: 409,
    detail: 'The migration is paused. Resume it, then verify.',
  });
  await ask(file, 'resume');
  gate.open();
  await run(file).result();
  expect(file.phasesOf('a')).toEqual(['positive', 'negative']);
  const audit = (await world.call('GET', `${path(file)}/audit`, { token })).json().entries;
  expect(audit.map(({ action }: { action: string }) => action)).toEqual(['resume', 'pause', 'retry']);
});

test('a cancel ends the workflow, and one that finds none is carried out by the API', async () => {
  const { file, gate } = await started();
  await ask(file, 'cancel');
  gate.open();
  await until(async () => (await run(file).describe()).status.name === 'CANCELLED', 'it is cancelled');
  expect(file.stoppedBy).toBe('somebody-operator');

  const another = tests.file();
  await write((tx) => ROWS.start(tx, another.name, 'somebody'));
  await ask(another, 'cancel');
  await expect.poll(() => statusOf(another)).toBe('cancelled');
  // A start takes it back.
  await ask(another, 'retry');
  await run(another).result();
  expect(await statusOf(another)).toBe('running');
});

test('a failure is retried by another run', async () => {
  const { file, gate } = await started();
  file.copy = async () => {
    throw failing('SourceRefused', { final: true });
  };
  gate.open();
  expect(await failureOf(run(file))).toMatchObject({ type: UNITS_FAILED });
  file.copy = async () => copied(10);
  await ask(file, 'retry');
  await run(file).result();
  expect(file.phasesOf('b')).toEqual(['positive', 'negative']);
});

test('a start that finds the workflow completed starts another run if the store has more to do', async () => {
  const { file, gate } = await started();
  gate.open();
  const { runId } = await run(file).describe();
  await run(file).result();
  await ask(file, 'retry');
  await until(async () => (await run(file).describe()).runId !== runId, 'another run has begun');
  await run(file).result();
  await write((tx) => ROWS.setStatus(tx, file.name, 'done'));
  const last = (await run(file).describe()).runId;
  expect(await ask(file, 'pause')).toMatchObject({ code: 202, status: 'done' });
  expect((await run(file).describe()).runId).toBe(last);
});

test('it is verified and repaired by its own workflow, once for repeated requests, and undone', async () => {
  const { file, gate } = await started();
  expect(await ask(file, 'verify', {})).toMatchObject({
    code: 409,
    detail: 'The file is still being copied.',
  });
  gate.open();
  await run(file).result();
  await write((tx) => ROWS.setStatus(tx, file.name, 'done'));
  file.comparing = { repair: true };
  const comparing = new Gate();
  file.compare = () => comparing.passed;
  expect(await ask(file, 'verify', { repair: true })).toMatchObject({
    code: 202,
    verification: { state: 'running', repair: true },
  });
  const comparison = server.client.workflow.getHandle(`numbers:${file.name}/comparison`);
  const { runId } = await comparison.describe();
  await ask(file, 'verify', { repair: true });
  expect((await comparison.describe()).runId).toBe(runId);
  comparing.open();
  expect(await comparison.result()).toMatchObject({ state: 'equal' });
  expect(await ask(file, 'undo')).toMatchObject({ code: 202, status: 'undone' });
});

test('a migration that was never started cannot be steered, and an unknown one is 404', async () => {
  const file = tests.file();
  expect(await ask(file, 'pause')).toMatchObject({ code: 404, detail: 'There is no such file.' });
  await write((tx) => ROWS.setStatus(tx, file.name, 'none'));
  for (const action of ['pause', 'cancel', 'undo'])
    expect(await ask(file, action)).toMatchObject({
      code: 409,
      detail: `There is nothing to ${action}: the migration has not been started.`,
    });
});
