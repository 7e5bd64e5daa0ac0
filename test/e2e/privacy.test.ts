import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Carryover, startCarryover, until } from './carryover.js';
import { type KeptRun, keptByTemporal } from './kept-by-temporal.js';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.js';
import { businessNamesOf, privateWordsIn, privateWordsOf } from './private-words.js';

const KEY = `k1:${randomBytes(32).toString('base64')}`;
const KINDS = [
  ['without a key', 'acc_clear', {}],
  ['with PAYLOAD_ENCRYPTION_KEY', 'acc_sealed', { PAYLOAD_ENCRYPTION_KEY: KEY }],
] as const;

describe.each(KINDS)('an account that is migrated %s', (_, accountId, environment) => {
  let receiver: OtlpReceiver;
  let carryover: Carryover;
  let words: Set<string>;
  let names: Set<string>;
  let kept: KeptRun[];
  const isEncrypted = 'PAYLOAD_ENCRYPTION_KEY' in environment;

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    carryover = await startCarryover({
      account: { seed: 11, accountId, brands: 2, threads: 110, messages: 700, dirt: 'all' },
      environment: {
        LOG_LEVEL: 'trace',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BSP_SCHEDULE_DELAY: '100',
        ...environment,
      },
    });
    words = privateWordsOf(carryover.world.account);
    names = businessNamesOf(carryover.world.account);
    const worker = carryover.startWorker();
    await carryover.call('POST', '/v2/start-migration', { account_id: accountId });
    await steer('pause');
    await steer('resume');
    await until(isDone);
    await until(() => receiver.named(/^RunWorkflow:MigrationWorkflow/).length > 0);
    // It sends its last spans.
    await worker.stop();
    kept = await keptByTemporal(carryover.stack.env.TEMPORAL_ADDRESS, carryover.stack.env.TEMPORAL_NAMESPACE);
  });
  afterAll(async () => {
    await carryover?.stop();
    await receiver?.close();
  });

  const steer = (action: string) => carryover.call('POST', `/v2/migrations/${accountId}/${action}`);
  const isDone = async () => {
    const { body } = await carryover.call('GET', `/v2/check-migration-status?account_id=${accountId}`);
    const { status, channels } = body as { status: string; channels: Record<string, string> };
    return (
      status === 'all-messages-migrated' && Object.values(channels).every((channel) => channel === 'ready')
    );
  };

  it('leaves no message, name of a person or channel, or number in any workflow history', () => {
    expect(words.size).toBeGreaterThan(500);
    expect(kept.length).toBeGreaterThan(3);
    expect(kept.flatMap(({ text }) => privateWordsIn(text, words))).toEqual([]);
  });

  it(`${isEncrypted ? 'keeps from Temporal' : 'shows in Temporal'} what the business calls its account and its brands`, () => {
    const all = kept.map(({ text }) => text).join('\n');
    expect(names.size).toBeGreaterThan(1);
    expect([...names].filter((name) => all.includes(name))).toEqual(isEncrypted ? [] : [...names]);
  });

  it('leaves no name of any kind in search attributes and ids of workflows', () => {
    expect(kept.filter(({ inClear }) => inClear.includes(accountId)).length).toBeGreaterThan(3);
    expect(kept.flatMap(({ inClear }) => privateWordsIn(inClear, new Set([...words, ...names])))).toEqual([]);
  });

  it('leaves none in the logs, however much they say', async () => {
    for (const name of ['api', 'worker']) {
      const log = await readFile(join(carryover.logs, `${name}.log`), 'utf8');
      expect(log.length).toBeGreaterThan(500);
      expect(privateWordsIn(log, new Set([...words, ...names]))).toEqual([]);
    }
  });

  it('leaves none in the spans of its traces', () => {
    expect(receiver.spans.length).toBeGreaterThan(10);
    expect(privateWordsIn(JSON.stringify(receiver.spans), words)).toEqual([]);
  });

  it('leaves none in the metrics', async () => {
    const metrics = await (await fetch(`${carryover.env['PUBLIC_URL']}/metrics`)).text();
    expect(metrics).toContain('# TYPE');
    expect(privateWordsIn(metrics, new Set([...words, ...names]))).toEqual([]);
  });

  it(`has payloads that are ${isEncrypted ? 'all' : 'not'} encrypted`, () => {
    const encodings = new Set(kept.flatMap((run) => [...run.encodings]));
    expect(encodings.has('binary/encrypted')).toBe(isEncrypted);
    expect(encodings.has('json/plain')).toBe(!isEncrypted);
    const namingWhoStarted = kept.filter(({ text }) => text.includes('end-to-end'));
    expect(namingWhoStarted.length > 0).toBe(!isEncrypted);
  });

  it(`${isEncrypted ? 'has' : 'has no'} codec for operators`, async () => {
    const answer = await carryover.call('POST', '/codec/decode', { payloads: [] });
    expect(answer.status).toBe(isEncrypted ? 200 : 404);
  });

  it('is one trace from its start: the request, its transaction, the workflow, its brand, their activities, and their transactions', () => {
    const request = receiver.first(/^POST \/v2\/start-migration$/);
    expect(request).toMatchObject({ service: 'carryover-api' });
    const parts = [
      ['carryover-api', /^transaction begin-start/],
      ['carryover-worker', /^RunWorkflow:MigrationWorkflow/],
      ['carryover-worker', /^RunActivity:prepareMigration/],
      ['carryover-worker', /^RunWorkflow:BrandMigrationWorkflow/],
      ['carryover-worker', /^RunActivity:copySlices/],
    ] as const;
    for (const [service, pattern] of parts)
      expect(receiver.first(pattern), String(pattern)).toMatchObject({ service, traceId: request.traceId });
    const copied = new Set(receiver.named(/^RunActivity:copySlices/).map(({ spanId }) => spanId));
    const written = receiver.named(/^transaction /).find(({ parentSpanId = '' }) => copied.has(parentSpanId));
    expect(receiver.pathOf(written!).map(({ name }) => name.split(':')[0])).toEqual(
      expect.arrayContaining(['RunActivity', 'RunWorkflow', 'POST /v2/start-migration']),
    );
  });

  it('has its trace in each log line of the request', async () => {
    const { traceId } = receiver.first(/^POST \/v2\/start-migration$/);
    const lines = (await carryover.logOf('api'))
      .split('\n')
      .filter((line) => line.includes('"/v2/start-migration"'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ trace_id: traceId });
  });
});
