import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { removeFiles } from '../../../../activities/conversations/following/remove-files.js';
import { systemClock } from '../../../../gateways/clock.js';
import { openFileStore } from '../../../../gateways/objects/file-store.js';
import {
  claimAttachments,
  recordStoredFile,
} from '../../../../gateways/store/conversations/attachments/attachments.js';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import { makeCuttable } from '../../../engine/cuts.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { FollowedWorld } from './following-world.js';
import { inManyLives } from './many-lives.js';

const A = 'br_1_1';
const RECENT = '2026-10-15T12:00:00.000Z';
const NEVER = new AbortController().signal;
const file = (id: string, url = `http://files.example/${id}`) => ({
  attachment_id: id,
  url,
  content_type: 'image/png',
});
const message = (...attachments: unknown[]) => messageItem(A, 'thr_1', 'msg_1', RECENT, { attachments });

let followed: FollowedWorld;
let folder: string;
let undo: () => void;
beforeAll(() => void (undo = makeCuttable()));
afterAll(() => undo());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carryover-following-'));
  followed = await FollowedWorld.open([A]);
  await followed.put('threads', threadItem(A, 'thr_1'));
  await followed.put('messages', message(file('one'), file('two')));
  await followed.world.migrate([A]);
  followed.take();
});
afterEach(async () => {
  await followed.close();
  await rm(folder, { recursive: true, force: true });
});

/** Stores a file for each attachment, as fetching does; returns their paths by the attachments' ids. */
async function fetchAll(): Promise<Record<string, string>> {
  const rows = await followed.world.query<{ id: string; source_id: string; key: string }>(
    `SELECT a.id, a.source_id, concat_ws('/', b.account_id, b.id, a.id) AS key FROM attachments a JOIN brands b ON b.id = a.brand_id`,
  );
  const paths: Record<string, string> = {};
  for (const { id, source_id: sourceId, key } of rows) {
    const path = join(folder, key, 'file.png');
    await mkdir(join(folder, key), { recursive: true });
    await writeFile(path, sourceId);
    await followed.world.query('UPDATE attachments SET stored_url = $2 WHERE id = $1', [
      id,
      pathToFileURL(path).href,
    ]);
    paths[sourceId] = path;
  }
  return paths;
}

const exists = (path: string | undefined) =>
  access(path ?? '').then(
    () => true,
    () => false,
  );
const due = () => followed.world.query('SELECT folder FROM carryover.files_to_remove');

test('the files of a message go with it, wherever a process dies meanwhile', async () => {
  const paths = await fetchAll();
  await followed.remove('messages', message());
  await followed.follow();
  expect(await due()).toHaveLength(2);
  const objects = openFileStore(folder, systemClock);
  const lives = async (kind: 'before' | 'after') =>
    inManyLives(followed.world, kind, (pool) => removeFiles({ store: { pool }, objects }, NEVER));
  expect(await lives('before')).toContain('before DELETE FROM carryover.files_to_remove');
  expect(await due()).toEqual([]);
  expect(await Promise.all(Object.values(paths).map(exists))).toEqual([false, false]);
});

test('an attachment that stays keeps its file, one with another address loses it', async () => {
  const paths = await fetchAll();
  await followed.put('messages', message(file('one'), file('two', 'http://files.example/other')));
  expect(await followed.follow()).toMatchObject({ changed: 1 });
  const objects = openFileStore(folder, systemClock);
  await followed.applyWaiting(followed.world.pool, objects);
  expect(await exists(paths['one'])).toBe(true);
  expect(await exists(paths['two'])).toBe(false);
  expect(await followed.world.query('SELECT source_id FROM attachments WHERE stored_url IS NULL')).toEqual([
    { source_id: 'two' },
  ]);
});

test('a file that is being fetched while its message goes is removed once it is stored', async () => {
  const store = openStore(followed.world.databaseUrl);
  try {
    const terms = { limit: 1, leaseMs: 60_000, pausesMs: [60_000] };
    const [claim] = await claimAttachments(store, A, terms);
    await followed.remove('messages', message());
    await followed.follow();
    expect(await removeFiles({ store, objects: openFileStore(folder, systemClock) }, NEVER)).toBe(0);
    expect(await due()).toHaveLength(1);
    if (claim)
      await recordStoredFile(store, claim, {
        url: 'file:///x',
        contentType: 'image/png',
        size: 1,
        sha256: '',
      });
    expect(await removeFiles({ store, objects: openFileStore(folder, systemClock) }, NEVER)).toBe(1);
  } finally {
    await store.close();
  }
});
