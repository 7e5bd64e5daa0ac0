import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import {
  expectedCost,
  expectedTime,
  type Volume,
} from '../../../../domain/conversations/preflight/estimates.js';
import { Findings } from '../../../../domain/conversations/preflight/findings.js';
import { itemBytes } from '../../../../domain/conversations/preflight/item-bytes.js';
import { PRICES } from '../../../../domain/conversations/preflight/prices.js';
import { quarantined } from '../../../../domain/conversations/records/quarantine.js';
import { exactly } from '../../../../domain/engine/preflight.js';

const MILLION: Volume = {
  messages: exactly(1_000_000),
  threads: exactly(25_000),
  messageBytes: exactly(425_000_000),
  threadBytes: exactly(25_000 * 200),
  ...{ brands: 1, ports: 1, isDump: false },
};

describe('cost', () => {
  test('the prices are those of docs/cost.md', async () => {
    const document = await readFile('docs/cost.md', 'utf8');
    const priceOf = (sign: string) =>
      new RegExp(`\\| \`${sign}\` *\\|[^|]*\\| (?:× )?([\\d.]+)`).exec(document)?.[1];
    expect({
      millionActions: Number(priceOf('p_a')),
      fairness: Number(priceOf('f')),
      millionReadUnits: Number(priceOf('p_r')),
      workerHour: Number(priceOf('p_w')),
    }).toEqual(PRICES);
  });

  test('a million messages cost what docs/cost.md says, and twice the reads with following', () => {
    const { seconds } = expectedTime(MILLION, null);
    const cost = expectedCost(MILLION, seconds);
    // 53,400 for the import alone, which the document rounds up.
    expect(cost.read_units).toEqual({ from: 106_202, to: 106_202 });
    expect(cost.temporal_actions).toEqual({ from: 29, to: 73 });
    expect(cost.dollars?.from).toBeGreaterThan(0.011);
    expect(cost.dollars?.to).toBeLessThan(0.05);
  });

  test('what is unknown stays unknown, and a dump takes no read units', () => {
    const unknown = { ...MILLION, messages: { low: 5, high: null, exact: false } };
    expect(expectedTime(unknown, null).seconds).toBeNull();
    expect(expectedCost(unknown, null)).toMatchObject({ dollars: null, temporal_actions: null });
    expect(expectedCost({ ...MILLION, isDump: true }, { from: 1, to: 1 }).read_units).toEqual({
      from: 0,
      to: 0,
    });
  });
});

test('the time follows from what was measured here, else from the benchmarks, and says which', () => {
  const small = { ...MILLION, messages: exactly(100), threads: exactly(5) };
  expect(expectedTime(small, null)).toEqual({
    seconds: { from: 1, to: 1 },
    basis: expect.stringContaining('Nothing large enough was migrated here yet'),
  });
  expect(expectedTime(MILLION, { from: 4_000, to: 8_000, brands: 7 })).toEqual({
    seconds: { from: 126, to: 258 },
    basis: expect.stringContaining(
      '4,000 to 8,000 messages a second, as the last 7 brands were migrated here.',
    ),
  });
});

test('a record weighs its names and values', () => {
  expect(itemBytes({ a: 'bc', é: 'ü' })).toBe(3 + 4);
  expect(itemBytes({ n: 123_456, t: true, none: null })).toBe(1 + 4 + (1 + 1) + (4 + 1));
  expect(itemBytes({ m: { a: 'b' }, l: ['xy'] })).toBe(1 + 3 + 1 + 2 + (1 + 3 + 1 + 2));
  expect(itemBytes({ b: new Uint8Array(5), s: new Set(['ab', 'c']) })).toBe(1 + 5 + (1 + 3));
});

test('findings are counted by reason, the most frequent first, with few examples and no contents', () => {
  const findings = new Findings();
  for (let n = 0; n < 5; n += 1)
    findings.add(
      quarantined(
        'messages',
        { thread_id: 'thr_1', message_key: `k${n}`, body: 'secret' },
        'attribute "sent_at" is missing',
      ).record,
    );
  findings.count('messages', 'no thread record', 'thr_2/k', 9);
  const { view } = findings;
  expect(view.records).toBe(14);
  expect(view.reasons.map(({ cause, records, examples }) => [cause, records, examples])).toEqual([
    ['no-thread-record', 9, ['thr_2/k']],
    ['no-date', 5, ['thr_1/k0', 'thr_1/k1', 'thr_1/k2']],
  ]);
  expect(JSON.stringify(view)).not.toContain('secret');
});
