import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  NO_THREAD_RECORD,
  THREAD_NOT_TAKEN,
} from '../../../../domain/conversations/records/quarantine-reasons.js';
import { readPhases } from '../../../../gateways/store/conversations/status/phase-facts.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { FollowedWorld } from './following-world.js';

const A = 'br_1_1';
const OLD = '2025-03-01T12:00:00.000Z';
const RECENT = '2026-10-15T12:00:00.000Z';
const MESSAGE = messageItem(A, 'thr_1', 'msg_1', RECENT);
const OLD_MESSAGE = messageItem(A, 'thr_1', 'msg_2', OLD);
const THREAD = threadItem(A, 'thr_1');

let followed: FollowedWorld;

beforeEach(async () => {
  followed = await FollowedWorld.open([A]);
  await followed.put('threads', THREAD);
  await followed.put('messages', MESSAGE, OLD_MESSAGE);
  followed.take();
});

afterEach(() => followed.close());

const ids = async (): Promise<unknown[]> =>
  (await followed.world.contents()).messages.map((row) => row['source_id']);
const bodies = async (): Promise<unknown[]> =>
  (await followed.world.contents()).messages.map((row) => row['body']);

/** Ends both phases, after the rest of the import. */
async function complete(): Promise<void> {
  await followed.world.migrate([A]);
  await followed.expectEqual([A]);
}

describe('a message that is deleted', () => {
  test('after its page was read and before that is committed does not come back', async () => {
    await followed.importBeside([A, 'recent'], 'messages', async () => {
      await followed.remove('messages', MESSAGE);
      await followed.follow();
    });
    expect(await ids()).toEqual([]);
    await complete();
    expect(await ids()).toEqual(['msg_2']);
  });

  test('before its phase is planned does not come back', async () => {
    await followed.importBeside([A, 'recent'], 'messages', async () => {
      await followed.remove('messages', OLD_MESSAGE);
      await followed.follow();
    });
    await followed.world.complete(A, 'recent');
    // Its page was read before the deletion.
    await followed.world.put('messages', [OLD_MESSAGE]);
    await followed.world.importPhase(A, 'remaining');
    expect(await ids()).toEqual(['msg_1']);
    await followed.remove('messages', OLD_MESSAGE);
    await complete();
  });

  test('and written again arrives', async () => {
    await followed.importBeside([A, 'recent'], 'messages', async () => {
      await followed.remove('messages', MESSAGE);
      await followed.follow();
      await followed.put('messages', { ...MESSAGE, body: 'again' });
      await followed.follow();
    });
    expect(await bodies()).toEqual(['again']);
    await complete();
    expect(await followed.world.query('SELECT FROM carryover.removed_records')).toEqual([]);
  });
});

describe('a message that changes while its page is on the way', () => {
  const changed = { ...MESSAGE, body: 'other' };

  test('has its new contents if they are followed before the page is committed', async () => {
    await followed.importBeside([A, 'recent'], 'messages', async () => {
      await followed.put('messages', changed);
      expect(await followed.follow()).toEqual({ added: 1, changed: 0, removed: 0 });
    });
    expect(await bodies()).toEqual(['other']);
    await complete();
  });

  test('has its new contents if they are followed after it', async () => {
    await followed.importBeside([A, 'recent'], 'messages', () => followed.put('messages', changed));
    expect(await bodies()).toEqual(['text of msg_1']);
    expect(await followed.follow()).toEqual({ added: 0, changed: 1, removed: 0 });
    expect(await bodies()).toEqual(['other']);
    await complete();
  });

  test('has its new contents if its follower waits for the page', async () => {
    let following: Promise<unknown> | undefined;
    const pool = followed.world.breaking(async (send) => {
      if (following === undefined && (await followed.world.query('SELECT FROM carryover.work')).length > 0) {
        await followed.put('messages', changed);
        following = followed.follow();
      }
      return send();
    });
    while (!(await followed.world.attempt(A, 'recent', {}, followed.world.environment(), { pool })).finished);
    await following;
    expect(await bodies()).toEqual(['other']);
    await complete();
  });
});

describe('a thread', () => {
  test('that is deleted after the page with its messages was read leaves them in quarantine', async () => {
    await followed.importBeside([A, 'recent'], 'messages', async () => {
      await followed.remove('threads', THREAD);
      await followed.follow();
    });
    expect(await followed.world.reasons()).toEqual({ [`thr_1/${RECENT}#msg_1`]: NO_THREAD_RECORD });
    await complete();
  });

  test('that comes after it was looked up in vain takes the messages of the page', async () => {
    await followed.remove('threads', THREAD);
    await followed.importBeside([A, 'recent'], 'messages', async () => {
      await followed.put('threads', THREAD);
      await followed.follow();
    });
    expect(await followed.world.reasons()).toEqual({});
    expect(await ids()).toEqual(['msg_1']);
    await complete();
  });

  test('that cannot be taken any more after its page was read takes its messages along into quarantine', async () => {
    await followed.importBeside([A, 'recent'], 'threads', async () => {
      await followed.put('threads', { ...THREAD, kind: 'pigeon' });
      await followed.follow();
    });
    expect(await followed.world.reasons()).toEqual({
      [`thr_1/${RECENT}#msg_1`]: THREAD_NOT_TAKEN,
      [`${A}/thr_1`]: expect.any(String),
    });
    await followed.put('threads', THREAD);
    await followed.follow();
    await complete();
    expect(await ids()).toEqual(['msg_1', 'msg_2']);
  });
});

test('threads that are followed before the remaining ones are read count among those', async () => {
  const bad = threadItem(A, 'thr_2', { kind: 'pigeon' });
  await followed.put('threads', bad);
  await followed.importBeside([A, 'recent'], 'threads', async () => {
    await followed.put('threads', { ...THREAD, status: 'closed' });
    await followed.follow();
  });
  await complete();
  const [checked] = await followed.world.query(
    `SELECT checked -> 'source' AS source FROM carryover.phases WHERE pass = 'copy' AND phase = 'remaining'`,
  );
  expect(checked).toMatchObject({ source: { threads: 1, quarantinedThreads: 1, messages: 2 } });
});

describe('when digests have a new definition', () => {
  /** Leaves the store as a SQL migration that changes it does. */
  const outdated = () =>
    followed.world.query(`
      UPDATE carryover.tallies SET digest = digest + 1;
      UPDATE carryover.phases SET digest_version = digest_version - 1`);
  const change = async (): Promise<void> => {
    await followed.put('messages', { ...MESSAGE, body: 'other' }, OLD_MESSAGE);
    await followed.put('threads', { ...THREAD, status: 'closed' });
    await followed.follow();
  };

  test('a phase counts anew what was followed in it', async () => {
    await followed.importBeside([A, 'recent'], 'messages', change);
    await outdated();
    await complete();
  });

  test('what changes while it counts anew waits for its end', async () => {
    await followed.importBeside([A, 'recent'], 'messages', change);
    await outdated();
    await followed.importBeside([A, 'recent'], 'messages', async () => {
      await followed.put('messages', { ...MESSAGE, body: 'third' });
      expect(await followed.follow()).toEqual({ added: 0, changed: 0, removed: 0 });
    });
    await followed.world.complete(A, 'recent');
    expect(await followed.applyWaiting()).toEqual({ added: 0, changed: 1, removed: 0 });
    await complete();
  });

  test('the next phase counts anew what was followed in the one before', async () => {
    await followed.importBeside([A, 'recent'], 'messages', change);
    await followed.world.complete(A, 'recent');
    await outdated();
    await complete();
  });
});

test('an import makes no further queries for each batch when nothing is followed', async () => {
  const asked: string[] = [];
  let name = '';
  const pool = followed.world.changing((statement, send) => {
    const text = typeof statement === 'string' ? statement : (statement as { text?: string }).text;
    name = /^BEGIN.*: ([a-z-]+)'/s.exec(text ?? '')?.[1] ?? name;
    if (name.startsWith('commit-')) asked.push(/\w+( INTO [\w.]+)?/.exec(text ?? 'COPY')?.[0] ?? '');
    if (text === 'COMMIT') name = '';
    return send();
  });
  while (!(await followed.world.attempt(A, 'recent', {}, followed.world.environment(), { pool })).finished);
  // The account's lock comes with BEGIN.
  const ofThreads = [
    'BEGIN',
    'SELECT',
    'INSERT INTO contacts',
    'INSERT INTO message_threads',
    'INSERT INTO thread_sources',
    'WITH',
    'COMMIT',
  ];
  const ofMessages = ['BEGIN', 'SAVEPOINT', 'COPY', 'WITH', 'COMMIT'];
  expect(asked).toEqual([...ofThreads, ...ofMessages]);
});

test('a message that arrives before its phase is planned, and is deleted after that, leaves no phase with negative counts', async () => {
  const { world } = followed;
  const [first, second] = ['msg_3', 'msg_4'].map((id) => messageItem(A, 'thr_1', id, OLD));
  await followed.remove('messages', OLD_MESSAGE);
  followed.take();
  await world.importPhase(A, 'recent');
  await followed.put('messages', first!, { ...second!, direction: 'sideways' });
  await followed.follow();
  await world.complete(A, 'recent');
  await world.importPhase(A, 'remaining');
  await followed.remove('messages', first!, second!);
  await followed.follow();
  await world.complete(A, 'remaining');

  const [brand] = await world.query<{ id: string }>('SELECT id FROM brands WHERE source_id = $1', [A]);
  const phases = (await readPhases(world.pool, [brand!.id])).get(brand!.id) ?? [];
  const counts = { planned: 1, bounds: { low: 1, high: 1 }, read: 1, quarantined: 0 };
  const none = { planned: 0, bounds: { low: 0, high: 0 }, read: 0, quarantined: 0 };
  expect(phases.map(({ phase, messages }) => ({ phase, messages }))).toEqual([
    { phase: 'recent', messages: counts },
    { phase: 'remaining', messages: none },
  ]);
  await followed.expectEqual([A]);
});
