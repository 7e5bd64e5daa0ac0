import { describe, expect, test } from 'vitest';
import type { DumpFile } from '../../../../dev/sample/dump.js';
import { BRANDS, type DumpWorld, dumpWorlds, OLD, RECENT } from './dump-world.js';
import { messageItem, threadItem } from './source-items.js';

const newWorld = dumpWorlds();
const [BRAND] = BRANDS;

const messages = (from: number, to: number, at: string) =>
  Array.from({ length: to - from }, (_none, n) =>
    messageItem(BRAND, `thr_${(from + n) % 3}`, `msg_${from + n}`, at),
  );
const threads = [0, 1, 2].map((n) => threadItem(BRAND, `thr_${n}`));

const DUMP: DumpFile[] = [
  { name: 'threads/a.jsonl.gz', records: threads },
  { name: 'messages/recent/a.jsonl.gz', records: messages(0, 20, RECENT) },
  { name: 'messages/remaining/a.jsonl.gz', records: messages(20, 40, OLD) },
];

describe('the threads of a dump', () => {
  /** The names of files opened from now on. */
  const watchOpened = (world: DumpWorld) => {
    const { dumps } = world.imports;
    const opened: string[] = [];
    world.imports.dumps = {
      ...dumps,
      open(object, signal) {
        opened.push(object.uri.split('/').slice(-2).join('/'));
        return dumps.open(object, signal);
      },
    };
    return opened;
  };
  const tallies = (world: DumpWorld) =>
    world.imports.query(
      `SELECT phase, sum(read)::integer AS read, sum(taken)::integer AS taken FROM carryover.tallies
       WHERE pass = 'copy' AND stage = 'threads' GROUP BY phase ORDER BY phase`,
    );

  test('are read once; both phases count them, and a crash in between repeats nothing', async () => {
    const world = await newWorld();
    await world.put(...DUMP, { name: 'threads/b.jsonl.gz', records: [threads[0] ?? {}] });
    await world.run('recent');
    const opened = watchOpened(world);
    // The run that plans the phase dies with its first batch; the next one plans again.
    const { dumps } = world.imports;
    world.imports.dumps = { ...dumps, open: () => Promise.reject(new Error('dies')) };
    expect(await world.run('remaining')).toBeInstanceOf(Error);
    world.imports.dumps = dumps;
    expect(await world.run('remaining')).toMatchObject({ tally: { messages: 40, threads: 3 } });
    expect(opened).toEqual(['remaining/a.jsonl.gz']);
    expect(await tallies(world)).toEqual([
      { phase: 'recent', read: 3, taken: 3 },
      { phase: 'remaining', read: 3, taken: 3 },
    ]);
    expect(await world.verify()).toBe('equal');
  });

  test('are read again only from files that are new or changed', async () => {
    const world = await newWorld();
    const closed = { status: 'closed' };
    await world.put(...DUMP, { name: 'threads/b.jsonl.gz', records: [threadItem(BRAND, 'thr_3')] });
    await world.run('recent');
    await world.put(
      {
        name: 'threads/b.jsonl.gz',
        records: [threadItem(BRAND, 'thr_3', closed), threadItem(BRAND, 'thr_4')],
      },
      { name: 'threads/c.jsonl.gz', records: [threadItem(BRAND, 'thr_5')] },
    );
    const opened = watchOpened(world);
    expect(await world.run('remaining')).toMatchObject({ tally: { threads: 6 } });
    expect(opened.filter((name) => name.startsWith('threads/'))).toEqual([
      'threads/b.jsonl.gz',
      'threads/c.jsonl.gz',
    ]);
    expect(await tallies(world)).toContainEqual({ phase: 'remaining', read: 6, taken: 6 });
    expect(await world.verify()).toBe('equal');
  });

  test('are all read again if the store does not hold them as they were read', async () => {
    const world = await newWorld();
    await world.put(...DUMP, { name: 'threads/b.jsonl.gz', records: [threadItem(BRAND, 'thr_3')] });
    await world.run('recent');
    await world.imports.query(`DELETE FROM thread_sources WHERE source_id = 'thr_3'`);
    const opened = watchOpened(world);
    expect(await world.run('remaining')).toMatchObject({ tally: { messages: 40 } });
    expect(opened.filter((name) => name.startsWith('threads/'))).toEqual([
      'threads/a.jsonl.gz',
      'threads/b.jsonl.gz',
    ]);
    expect(await tallies(world)).toContainEqual({ phase: 'remaining', read: 4, taken: 4 });
    expect(await world.verify()).toBe('equal');
  });

  test('are all read again while some are in quarantine', async () => {
    const world = await newWorld();
    const broken = threadItem(BRAND, 'thr_3', { kind: 5 });
    await world.put(...DUMP, { name: 'threads/b.jsonl.gz', records: [broken] });
    await world.run('recent');
    const opened = watchOpened(world);
    expect(await world.run('remaining')).toMatchObject({ tally: { messages: 40, quarantined: 1 } });
    expect(opened).toContain('threads/a.jsonl.gz');
    expect(await tallies(world)).toContainEqual({ phase: 'remaining', read: 4, taken: 3 });
    expect(await world.verify()).toBe('equal');
  });
});
