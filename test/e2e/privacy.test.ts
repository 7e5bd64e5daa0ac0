import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Carryover, startCarryover, until } from './carryover.js';
import { type KeptRun, keptByTemporal } from './kept-by-temporal.js';
import { businessNamesOf, privateWordsIn, privateWordsOf } from './private-words.js';

const KEY = `k1:${randomBytes(32).toString('base64')}`;
const KINDS = [
  ['without a key', 'acc_clear', {}],
  ['with PAYLOAD_ENCRYPTION_KEY', 'acc_sealed', { PAYLOAD_ENCRYPTION_KEY: KEY }],
] as const;

describe.each(KINDS)('an account that is migrated %s', (_, accountId, environment) => {
  let carryover: Carryover;
  let words: Set<string>;
  let names: Set<string>;
  let kept: KeptRun[];
  const isEncrypted = 'PAYLOAD_ENCRYPTION_KEY' in environment;

  beforeAll(async () => {
    carryover = await startCarryover({
      account: { seed: 11, accountId, brands: 2, threads: 150, messages: 1_500, dirt: 'all' },
      environment: { LOG_LEVEL: 'trace', ...environment },
    });
    words = privateWordsOf(carryover.world.account);
    names = businessNamesOf(carryover.world.account);
    const worker = carryover.startWorker();
    await carryover.call('POST', '/v2/start-migration', { account_id: accountId });
    await steer('pause');
    await steer('resume');
    await until(isDone, 180);
    await carryover.kill(worker);
    kept = await keptByTemporal(carryover.stack.env.TEMPORAL_ADDRESS, carryover.stack.env.TEMPORAL_NAMESPACE);
  });
  afterAll(async () => {
    await carryover?.stop();
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
});
