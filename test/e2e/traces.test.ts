import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Carryover, startCarryover, until } from './carryover.js';
import { startMigration, untilStatus } from './more-accounts.js';
import { privateWordsIn, privateWordsOf } from './private-words.js';
import { type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.js';

let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>;
let carryover: Carryover;
let accountId: string;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  carryover = await startCarryover({
    account: { seed: 5, accountId: 'acc_5', brands: 1, threads: 20, messages: 200, attachmentRate: 0 },
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  accountId = carryover.world.account.accountId;
  carryover.startWorker();
  await startMigration(carryover, accountId);
  await untilStatus(carryover, accountId, 'all-messages-migrated');
  await until(() => spansNamed(/^RunWorkflow:MigrationWorkflow/).length > 0);
});
afterAll(async () => {
  await carryover?.stop();
  await receiver?.close();
});

const spansNamed = (pattern: RegExp): readonly ReceivedSpan[] =>
  receiver.spans.filter(({ name }) => pattern.test(name));
const only = (pattern: RegExp): ReceivedSpan => {
  const [span] = spansNamed(pattern);
  if (span === undefined)
    throw new Error(`No span ${pattern} among ${receiver.spans.map(({ name }) => name).join(', ')}.`);
  return span;
};
/** From the span up to the one that nobody has caused. */
function pathOf(span: ReceivedSpan): readonly ReceivedSpan[] {
  const parent = receiver.spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? [span] : [span, ...pathOf(parent)];
}

it('a start is one trace: the request, its transaction, the workflow, its brand, their activities, and their transactions', async () => {
  const request = only(/^POST \/v2\/start-migration$/);
  expect(request).toMatchObject({ service: 'carryover-api' });
  const parts = [
    ['carryover-api', /^transaction begin-start/],
    ['carryover-worker', /^RunWorkflow:MigrationWorkflow/],
    ['carryover-worker', /^RunActivity:prepareMigration/],
    ['carryover-worker', /^RunWorkflow:BrandMigrationWorkflow/],
    ['carryover-worker', /^RunActivity:copySlices/],
  ] as const;
  for (const [service, pattern] of parts) {
    await until(() => spansNamed(pattern).length > 0);
    expect(only(pattern), String(pattern)).toMatchObject({ service, traceId: request.traceId });
  }
  const copied = only(/^RunActivity:copySlices/);
  await until(() => receiver.spans.some(({ parentSpanId }) => parentSpanId === copied.spanId));
  const written = receiver.spans.filter(
    ({ name, parentSpanId }) => parentSpanId === copied.spanId && name.startsWith('transaction '),
  );
  expect(written.length).toBeGreaterThan(0);
  expect(pathOf(written[0]!).map(({ name }) => name.split(':')[0])).toEqual(
    expect.arrayContaining(['RunActivity', 'RunWorkflow', 'POST /v2/start-migration']),
  );
});

it('spans hold no texts, names or numbers of people', () => {
  const words = privateWordsOf(carryover.world.account);
  expect(receiver.spans.length).toBeGreaterThan(10);
  expect(words.size).toBeGreaterThan(100);
  expect(privateWordsIn(JSON.stringify(receiver.spans), words)).toEqual([]);
});

it('each log line of the request has its trace', async () => {
  const { traceId } = only(/^POST \/v2\/start-migration$/);
  const lines = (await carryover.logOf('api'))
    .split('\n')
    .filter((line) => line.includes('"/v2/start-migration"'));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ trace_id: traceId });
});
