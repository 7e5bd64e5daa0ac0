import { expect, test } from 'vitest';
import { BRANDS, type DumpWorld, dumpWorlds, OLD, RECENT } from '../import/dump-world.js';
import { messageItem, threadItem } from '../import/source-items.js';

const newWorld = dumpWorlds();
const [BRAND, OTHER] = BRANDS;

const staying = [threadItem(BRAND, 'thr_stays'), threadItem(OTHER, 'thr_other')];
const FILES = [
  { name: 'messages/recent/stays.jsonl.gz', records: [messageItem(BRAND, 'thr_stays', 'msg_stays', RECENT)] },
  { name: 'messages/recent/other.jsonl.gz', records: [messageItem(OTHER, 'thr_other', 'msg_other', RECENT)] },
];
/** Of a dump in which this brand has the conversation that moves. */
const conversationOf = (brandId: string) => [
  { name: 'threads/a.jsonl.gz', records: [...staying, threadItem(brandId, 'thr_moves')] },
  { name: 'messages/recent/a.jsonl.gz', records: [messageItem(brandId, 'thr_moves', 'msg_recent', RECENT)] },
  { name: 'messages/remaining/a.jsonl.gz', records: [messageItem(brandId, 'thr_moves', 'msg_old', OLD)] },
];

async function threadsOf(world: DumpWorld) {
  return world.imports.query(
    `SELECT b.source_id AS brand, s.source_id AS thread, t.message_count::integer AS messages FROM thread_sources s
     JOIN message_threads t ON t.id = s.thread_id JOIN brands b ON b.id = t.brand_id ORDER BY s.source_id`,
  );
}

test.each([{ order: [BRAND, OTHER] }, { order: [OTHER, BRAND] }])(
  'a conversation that the next version of a dump gives to another brand differs in both, and a repair moves it, in order $order',
  async ({ order }) => {
    const world = await newWorld();
    await world.put(...FILES, ...conversationOf(BRAND));
    await world.bothParts(BRANDS);
    await world.put(...conversationOf(OTHER));

    expect(await world.verify(order)).toBe('unequal');
    const differences = await world.imports.query(
      `SELECT u.key AS brand, source_table, difference, count::integer FROM carryover.verification_differences d
       JOIN carryover.units u ON u.id = d.unit_id ORDER BY 1, 2`,
    );
    expect(differences).toEqual(
      BRANDS.flatMap((brand) => [
        { brand, source_table: 'messages', difference: 'different', count: 2 },
        { brand, source_table: 'threads', difference: 'different', count: 1 },
      ]),
    );
    expect(await world.verify(order, true)).toBe('equal');
    expect(await threadsOf(world)).toEqual([
      { brand: OTHER, thread: 'thr_moves', messages: 2 },
      { brand: OTHER, thread: 'thr_other', messages: 1 },
      { brand: BRAND, thread: 'thr_stays', messages: 1 },
    ]);
  },
);

test('a thread that a dump has under both brands stays in the brand that holds it', async () => {
  const world = await newWorld();
  await world.put(...FILES, ...conversationOf(BRAND));
  await world.put({ name: 'threads/b.jsonl.gz', records: [threadItem(OTHER, 'thr_moves')] });
  await world.bothParts(BRANDS);
  expect(await world.verify(BRANDS, true)).toBe('equal');
  expect(await threadsOf(world)).toMatchObject([
    { brand: BRAND, thread: 'thr_moves', messages: 2 },
    { brand: OTHER },
    { brand: BRAND },
  ]);
  expect(await world.imports.reasons()).toEqual({
    [`${OTHER}/thr_moves`]: 'thread id is held by another brand',
  });
});
