import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type DumpFile, packed } from '../../../../dev/sample/dump.js';
import type { Dumps } from '../../../../gateways/dumps/client.js';
import { BRANDS, dumpWorlds, OLD, RECENT } from './dump-world.js';
import { type LooseItem, messageItem, threadItem } from './source-items.js';

const newWorld = dumpWorlds();
const [BRAND, OTHER] = BRANDS;

const messages = (from: number, to: number, at: string, change: LooseItem = {}) =>
  Array.from({ length: to - from }, (_none, n) =>
    messageItem(BRAND, `thr_${(from + n) % 3}`, `msg_${from + n}`, at, change),
  );
const threads = [0, 1, 2].map((n) => threadItem(BRAND, `thr_${n}`));

const DUMP: DumpFile[] = [
  { name: 'threads/a.jsonl.gz', records: threads },
  { name: 'messages/recent/a.jsonl.gz', records: messages(0, 10, RECENT) },
  { name: 'messages/recent/b.jsonl.gz', records: messages(10, 20, RECENT) },
  { name: 'messages/remaining/a.jsonl.gz', records: messages(20, 40, OLD) },
];
const named = (from: number, to: number) =>
  Array.from({ length: to - from }, (_none, n) => `msg_${from + n}`).toSorted();

describe('a dump', () => {
  test('is imported by folder, and each record once, however often it occurs', async () => {
    const world = await newWorld();
    const copies = [
      messageItem(BRAND, 'thr_0', 'msg_5', '2026-10-30T10:00:00.000Z', { body: 'the smaller key' }),
      messageItem(BRAND, 'thr_0', 'msg_6', '2026-11-03T10:00:00.000Z', { body: 'the greater key' }),
    ];
    const broken = messageItem(BRAND, 'thr_0', 'msg_x', RECENT, { direction: 5 });
    const brokenCopy = messageItem(BRAND, 'thr_0', 'msg_7', '2026-10-02T10:00:00.000Z', { kind: 7 });
    await world.put(
      ...DUMP,
      // Of the first folder's records some lie in the second as well, and one twice in one file.
      { name: 'messages/recent/c.jsonl.gz', records: [...messages(0, 3, RECENT), ...messages(40, 42, OLD), ...copies, broken, brokenCopy] }, // prettier-ignore
      { name: 'messages/remaining/b.jsonl.gz', records: [...messages(8, 12, RECENT), ...messages(42, 44, RECENT), ...messages(20, 22, OLD), ...messages(20, 22, OLD), ...copies, broken, broken, brokenCopy] }, // prettier-ignore
      { name: 'threads/b.jsonl.gz', records: [threads[0] ?? {}, threads[0] ?? {}] },
    );
    await world.bothParts();
    expect(await world.ids()).toEqual(named(0, 44));
    const [five, six] = await world.imports.query(
      `SELECT body, source_key FROM messages WHERE source_id IN ('msg_5', 'msg_6') ORDER BY source_id`,
    );
    expect(five).toMatchObject({ body: 'the smaller key' });
    expect(six).toMatchObject({ source_key: `${RECENT}#msg_6` });
    expect(await world.imports.reasons()).toEqual({
      [`thr_0/${RECENT}#msg_x`]: 'attribute "direction" has type N, expected S',
    });
    expect(await world.verify()).toBe('equal');
  });

  test('gives each brand its records; unowned ones are quarantined once, and those of other brands are skipped', async () => {
    const world = await newWorld();
    const foreign = messageItem(BRAND, 'thr_0', 'msg_f', RECENT, { account_id: 'acc_9', body: 'secret' });
    const { brand_id: _none, ...brandless } = messageItem(BRAND, 'thr_0', 'msg_n', RECENT);
    const { message_key: _key, ...keyless } = messageItem(OTHER, 'thr_9', 'msg_k', RECENT);
    await world.put(
      ...DUMP,
      { name: 'threads/b.jsonl.gz', records: [threadItem(OTHER, 'thr_9'), threadItem('br_1_3', 'thr_8')] },
      {
        name: 'messages/recent/c.jsonl.gz',
        records: [
          messageItem(OTHER, 'thr_9', 'msg_o', RECENT),
          messageItem('br_1_3', 'thr_8', 'msg_unknown', RECENT),
          foreign,
          brandless,
          keyless,
          {
            ...brandless,
            message_key: `${OLD}#msg_nf`,
            message_id: 'msg_nf',
            account_id: 'acc_9',
            body: 'secret',
          },
        ],
      },
    );
    await world.bothParts(BRANDS);
    expect(await world.ids()).toEqual([...named(0, 40), 'msg_o'].toSorted());
    const quarantined = await world.imports.query(
      `SELECT b.source_id AS brand, q.source_id, q.reason, q.raw IS NULL AS nothing_kept FROM quarantined_records q
       JOIN brands b ON b.id = q.brand_id ORDER BY q.reason, q.raw IS NULL, q.source_id`,
    );
    expect(quarantined).toEqual([
      { brand: BRAND, source_id: 'msg_n', reason: 'attribute "brand_id" is missing', nothing_kept: false },
      { brand: OTHER, source_id: 'msg_k', reason: 'attribute "message_key" is missing', nothing_kept: false },
      { brand: BRAND, source_id: null, reason: 'belongs to another account', nothing_kept: true },
      { brand: BRAND, source_id: null, reason: 'belongs to another account', nothing_kept: true },
    ]);
    const kept = await world.imports.query(`SELECT FROM quarantined_records WHERE raw::text LIKE '%secret%'`);
    expect(kept).toEqual([]);
    expect(await world.verify(BRANDS)).toBe('equal');
  });

  test('keeps numbers and texts exactly', async () => {
    const world = await newWorld();
    const line = JSON.stringify(messageItem(BRAND, 'thr_0', 'msg_1', RECENT, { body: 'a\u0000b\ud83d' }));
    const exact = `${line.slice(0, -1)}, "metadata": {"n": 12345678901234567890.5}}\n`;
    await world.put(...DUMP.filter(({ name }) => name !== 'messages/recent/a.jsonl.gz'));
    await world.putBytes('messages/recent/a.jsonl.gz', gzipSync(exact));
    await world.bothParts();
    const [row] = await world.imports.query(
      `SELECT body, metadata::text, original ->> 'body' AS original FROM messages WHERE source_id = 'msg_1'`,
    );
    expect(row).toEqual({
      body: 'a\ufffdb\ufffd',
      metadata: '{"n": 12345678901234567890.5}',
      original: Buffer.from('a\u0000b\ud83d', 'utf16le').toString('base64'),
    });
  });
});

describe('a dump that comes in two calls', () => {
  test('waits after the recent messages for the second call, which may add threads too', async () => {
    const world = await newWorld();
    const threadless = messageItem(BRAND, 'thr_late', 'msg_late', RECENT);
    await world.put(...DUMP.slice(0, 3), { name: 'messages/recent/c.jsonl.gz', records: [threadless] });
    expect(await world.run('recent')).toHaveProperty('tally.messages', 20);
    expect(await world.run('remaining')).toMatchObject({
      type: 'DumpIncomplete',
      message: expect.stringContaining(world.uri('messages/remaining/')),
    });
    expect(world.imports.statuses.get(BRAND)).toBe('recent-messages-migrated');

    await world.put(
      ...DUMP.slice(3),
      { name: 'threads/late.jsonl.gz', records: [threadItem(BRAND, 'thr_late')] },
      // Late, and in the first call's folder.
      { name: 'messages/recent/late.jsonl.gz', records: messages(50, 52, RECENT) },
    );
    expect(await world.run('remaining')).toHaveProperty('tally.messages');
    expect(world.imports.statuses.get(BRAND)).toBe('all-messages-migrated');
    expect(await world.ids()).toEqual([...named(0, 40), ...named(50, 52), 'msg_late'].toSorted());
    expect(await world.imports.reasons()).toEqual({});
    expect(await world.verify()).toBe('equal');
  });

  test('reports a missing first part; an empty recent part is accepted once the rest is there', async () => {
    const world = await newWorld();
    const [threadFile, , , remaining] = DUMP as [DumpFile, DumpFile, DumpFile, DumpFile];
    const missing = (folder: string) => ({
      type: 'DumpIncomplete',
      message: expect.stringContaining(`${folder}.`),
    });
    expect(await world.run('recent')).toMatchObject(missing(world.uri('threads/')));
    await world.put(threadFile);
    expect(await world.run('recent')).toMatchObject(missing(world.uri('messages/recent/')));
    await world.put(remaining);
    await world.bothParts();
    expect(await world.ids()).toEqual(named(20, 40));
  });
});

describe('a dump that is damaged', () => {
  const damaged = (text: string) => gzipSync(packedText(messages(10, 15, RECENT)) + text);
  const packedText = (records: LooseItem[]) =>
    records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const whole = packed(messages(10, 20, RECENT));

  test.each<[string, Buffer, RegExp]>([
    ['is cut off', whole.subarray(0, whole.length - 20), /is cut off within line \d+/],
    [
      'has a broken line',
      damaged('{"message_id": \n'),
      /line 6 \(byte \d+ of the unpacked text\) is not a JSON object/,
    ],
  ])(
    '%s: the error names the place, and once it is fixed the import continues',
    async (_how, bytes, words) => {
      const world = await newWorld();
      await world.put(...DUMP);
      await world.putBytes('messages/recent/b.jsonl.gz', bytes);
      const failed = await world.run('recent');
      expect(failed).toMatchObject({ type: 'DumpBroken', message: expect.stringMatching(words) });
      expect((failed as Error).message).toContain(world.uri('messages/recent/b.jsonl.gz'));
      // While it is broken, it fails again.
      expect(await world.run('recent')).toMatchObject({ type: 'DumpBroken' });

      // The refused record is valid in the new file, and another record has moved to another file.
      await world.put(
        { name: 'messages/recent/b.jsonl.gz', records: messages(11, 20, RECENT, { body: 'fixed' }) },
        { name: 'messages/recent/c.jsonl.gz', records: messages(10, 11, RECENT, { body: 'fixed' }) },
      );
      await world.bothParts();
      expect(await world.ids()).toEqual(named(0, 40));
      const [row] = await world.imports.query(
        `SELECT count(*)::integer AS fixed FROM messages WHERE body = 'fixed'`,
      );
      expect(row).toEqual({ fixed: 10 });
      expect(await world.verify()).toBe('equal');
    },
  );

  test('and fixed so that a record becomes valid: the record leaves the quarantine', async () => {
    const world = await newWorld();
    await world.put(...DUMP);
    const [first, ...rest] = messages(10, 20, RECENT);
    const spoiled = [{ ...first, kind: 5 }, ...rest];
    // A page ends with the failure, so the valid part is in a file of its own.
    await world.put({ name: 'messages/recent/b.jsonl.gz', records: spoiled });
    await world.putBytes('messages/recent/c.jsonl.gz', gzipSync('no JSON\n'));
    expect(await world.run('recent')).toMatchObject({ type: 'DumpBroken' });
    await world.put({ name: 'messages/recent/b.jsonl.gz', records: messages(10, 20, RECENT) });
    await world.putBytes('messages/recent/c.jsonl.gz', gzipSync(''));
    await world.bothParts();
    expect(await world.ids()).toEqual(named(0, 40));
    expect(await world.imports.reasons()).toEqual({});
    expect(await world.verify()).toBe('equal');
  });
});

describe('a dump that changes', () => {
  test('while it is read is an error; the next start reads the change', async () => {
    const world = await newWorld();
    const { dumps } = world.imports;
    await world.put(...DUMP);
    const replacing: Dumps = {
      ...dumps,
      // Another version when it is opened than when it was listed.
      list: async (...where) => {
        const listed = await dumps.list(...where);
        if (where[1] === 'recent')
          await world.put({ name: 'messages/recent/a.jsonl.gz', records: messages(0, 12, RECENT) });
        return listed;
      },
    };
    world.imports.dumps = replacing;
    expect(await world.run('recent')).toMatchObject({
      type: 'DumpChanged',
      message: expect.stringContaining(world.uri('messages/recent/a.jsonl.gz')),
    });
    world.imports.dumps = dumps;
    await world.bothParts();
    expect(await world.ids()).toEqual(named(0, 40));
    expect(await world.verify()).toBe('equal');
  });

  test('after it was read is detected before all messages count as migrated', async () => {
    const world = await newWorld();
    await world.put(...DUMP);
    expect(await world.run('recent')).toHaveProperty('tally.messages');
    await world.imports.attempt(BRAND, 'remaining', {}, world.environment());
    await world.put({ name: 'messages/remaining/late.jsonl.gz', records: messages(40, 44, OLD) });
    await expect(world.imports.complete(BRAND, 'remaining')).rejects.toMatchObject({ type: 'DumpChanged' });
    expect(world.imports.statuses.get(BRAND)).toBe('recent-messages-migrated');
    expect(await world.run('remaining')).toHaveProperty('tally.messages', 44);
    expect(await world.verify()).toBe('equal');
    await world.put({ name: 'messages/remaining/late.jsonl.gz', records: messages(40, 43, OLD) });
    expect(await world.verify()).toBe('unequal');
  });
});

describe('verifying an imported dump', () => {
  test('reports what is missing, different and extra, and repairs it', async () => {
    const world = await newWorld();
    await world.put(...DUMP);
    await world.bothParts();
    await world.imports.query(`DELETE FROM messages WHERE source_id = 'msg_1'`);
    await world.imports.query(`UPDATE messages SET body = 'other' WHERE source_id = 'msg_22'`);
    expect(await world.verify()).toBe('unequal');
    const differences = await world.imports.query(
      `SELECT source_table, difference, count::integer, samples -> 0 ->> 'id' AS id FROM carryover.verification_differences
       ORDER BY samples -> 0 ->> 'id'`,
    );
    expect(differences).toEqual([
      { source_table: 'messages', difference: 'missing', count: 1, id: 'msg_1' },
      { source_table: 'messages', difference: 'different', count: 1, id: 'msg_22' },
    ]);
    expect(await world.verify([BRAND], true)).toBe('equal');
  });

  test('finds what came after it, in further files of the remaining part, and a repair brings it', async () => {
    const world = await newWorld();
    await world.put(...DUMP);
    await world.bothParts();
    const before = (await world.ids()).length;
    await world.put({ name: 'messages/remaining/later.jsonl.gz', records: messages(40, 44, RECENT) });
    expect(await world.verify([BRAND], true)).toBe('equal');
    expect((await world.ids()).length).toBe(before + 4);
    expect(await world.verify()).toBe('equal');
  });
});
