import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createFetchAttachments,
  type FetchAttachmentsOptions,
} from '../../activities/conversations/fetch-attachments.js';
import type { AttachmentProgress } from '../../activities/conversations/types.js';
import { openDownloader, type Downloader } from '../../gateways/download/download.js';
import { parseAttachmentHosts } from '../../gateways/download/hosts.js';
import { openObjectStore } from '../../gateways/objects/open.js';
import { openStore, type Store } from '../../gateways/store/connect.js';
import {
  answers,
  cuts,
  drips,
  redirects,
  saysNothing,
  serves,
  startFileServer,
  type FileServer,
} from '../gateways/download-server.js';
import { testDatabase, type TestDatabase } from '../support/servers.js';

const INPUT = { accountId: 'acc_1', brandId: 'br_1' };
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let database: TestDatabase;
let store: Store;
let files: FileServer;
let folder: string;
let download: Downloader;

beforeAll(async () => {
  database = await testDatabase();
  store = openStore(database.url);
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carryover-attachments-'));
  files = await startFileServer();
  download = openDownloader({
    hosts: parseAttachmentHosts(files.host),
    headersTimeoutMs: 300,
    maxBytes: 1_000_000,
  });
  await store.pool.query('TRUNCATE accounts, brands, message_threads, messages, attachments CASCADE');
  await store.pool.query(
    `INSERT INTO accounts (source_id, name, migration) VALUES ('acc_1', 'One', '{"status":"migrating","paused":null}')`,
  );
  await store.pool.query(
    `INSERT INTO brands (account_id, source_id, name) SELECT id, s, s FROM accounts, unnest(ARRAY['br_1', 'br_2']) s`,
  );
});
afterEach(async () => {
  await download.close();
  await files.close();
  await rm(folder, { recursive: true, force: true });
});

interface Given {
  url?: string;
  type?: string | null;
  name?: string | null;
  /** Minutes after the first message. */
  minute?: number;
  brand?: string;
}

async function attach(path: string, given: Given = {}): Promise<string> {
  const { rows } = await store.pool.query<{ id: string }>(
    `WITH m AS (
       INSERT INTO messages (thread_id, source_id, direction, kind, sent_at, source_key, source_thread_id)
       VALUES (1, gen_random_uuid()::text, 'in', 'text', timestamptz '2026-01-01Z' + make_interval(mins => $1), '', '') RETURNING id)
     INSERT INTO attachments (message_id, brand_id, source_id, source_url, declared_content_type, file_name)
     SELECT m.id, b.id, 'att', $2, $3, $4 FROM m, brands b WHERE b.source_id = $5 RETURNING id`,
    [
      given.minute ?? 0,
      given.url ?? files.url(path),
      given.type ?? null,
      given.name ?? null,
      given.brand ?? 'br_1',
    ],
  );
  return rows[0]!.id;
}

async function row(id: string): Promise<Record<string, unknown>> {
  const { rows } = await store.pool.query('SELECT * FROM attachments WHERE id = $1', [id]);
  return rows[0] as Record<string, unknown>;
}

interface Run {
  options?: Partial<FetchAttachmentsOptions>;
  attachmentsUrl?: string;
  environment?: MockActivityEnvironment;
}

function fetchAttachments({
  options,
  attachmentsUrl,
  environment = new MockActivityEnvironment(),
}: Run = {}): Promise<AttachmentProgress> {
  const activity = createFetchAttachments({
    store,
    objects: openObjectStore(attachmentsUrl ?? pathToFileURL(folder).href),
    download,
    logger: pino({ level: 'silent' }),
    options: { pausesMs: [0], durationMs: 50_000, ...options },
  });
  return environment.run(activity, INPUT);
}

describe('attachments of a brand', () => {
  it('are stored with what they are: type, size, digest', async () => {
    const bytes = randomBytes(200_000);
    files.on('/photo', serves(PNG, 'text/html'));
    files.on('/blob', serves(bytes));
    files.on('/moved', redirects('/notes'));
    files.on('/notes', serves('a,b\n', 'application/x-odd'));
    const photo = await attach('/photo', { type: 'application/pdf', name: 'Photo 1.png' });
    const blob = await attach('/blob', { type: 'image/jpeg' });
    const notes = await attach('/moved', { type: 'text/csv', name: '../notes.csv' });

    expect(await fetchAttachments()).toEqual({ stored: 3, failed: 0, left: 0 });

    expect(await row(photo)).toMatchObject({
      content_type: 'image/png',
      size: String(PNG.length),
      error: null,
      tries: 1,
    });
    expect(await row(blob)).toMatchObject({
      content_type: 'application/octet-stream',
      size: '200000',
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(await row(notes)).toMatchObject({ content_type: 'text/csv', size: '4' });
    const url = (await row(blob))['stored_url'] as string;
    expect((await readFile(fileURLToPath(url))).equals(bytes)).toBe(true);
    expect((await row(notes))['stored_url']).toMatch(new RegExp(`/${notes}/notes\\.csv$`));
  });

  it('are fetched those of the newest messages first', async () => {
    const minutes = [3, 9, 1, 7, 5];
    for (const minute of minutes) {
      files.on(`/${minute}`, serves('x'));
      await attach(`/${minute}`, { minute });
    }
    await fetchAttachments({ options: { concurrency: 1 } });
    expect(files.asked.map(({ path }) => path)).toEqual(['/9', '/7', '/5', '/3', '/1']);
  });

  it('of other brands are left alone', async () => {
    files.on('/a', serves('x'));
    const other = await attach('/a', { brand: 'br_2' });
    expect(await fetchAttachments()).toEqual({ stored: 0, failed: 0, left: 0 });
    expect(await row(other)).toMatchObject({ stored_url: null, tries: 0, tried_at: null });
  });

  it('are fetched once by several lanes at once', async () => {
    for (let at = 0; at < 60; at += 1) {
      files.on(`/${at}`, serves(`file ${at}`));
      await attach(`/${at}`, { minute: at });
    }
    const results = await Promise.all([1, 2, 3].map(() => fetchAttachments()));
    expect(results.reduce((sum, { stored }) => sum + stored, 0)).toBe(60);
    expect(new Set(files.asked.map(({ path }) => path)).size).toBe(60);
    expect(files.asked).toHaveLength(60);
  });

  it('fetched again have the same object: nothing is left over', async () => {
    files.on('/a', serves('x'));
    const id = await attach('/a', { name: 'a.txt' });
    await fetchAttachments();
    await store.pool.query('UPDATE attachments SET stored_url = NULL, tried_at = NULL WHERE id = $1', [id]);
    await fetchAttachments();
    const kept = await readdir(folder, { recursive: true, withFileTypes: true });
    expect(kept.filter((entry) => entry.isFile())).toHaveLength(1);
  });
});

describe('an attachment that cannot be fetched', () => {
  it('says why on its row, and is not tried again where that cannot help', async () => {
    files.on('/gone', answers(403));
    files.on('/large', serves(Buffer.alloc(1_000_001)));
    files.on('/away', redirects('http://169.254.169.254/secret'));
    files.on('/loop', redirects('/loop'));
    const ids = {
      'not-found': await attach('/gone?signature=secret'),
      'too-large': await attach('/large'),
      'host-not-allowed': await attach('/away'),
      redirect: await attach('/loop'),
      'bad-url': await attach('', { url: 'javascript:secret' }),
    };
    expect(await fetchAttachments()).toEqual({ stored: 0, failed: 5, left: 0 });
    for (const [kind, id] of Object.entries(ids)) {
      const { error, tries, stored_url } = await row(id);
      expect({ error, tries, stored_url }).toMatchObject({
        error: { kind, final: true },
        tries: 1,
        stored_url: null,
      });
      expect(JSON.stringify(error)).not.toContain('secret');
    }
    expect((await row(ids['not-found']))['error']).toMatchObject({
      status: 403,
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const before = files.asked.length;
    expect(await fetchAttachments()).toEqual({ stored: 0, failed: 0, left: 0 });
    expect(files.asked).toHaveLength(before);
  });

  it('is tried again after its pause, and is stored when it comes', async () => {
    files.on('/ill', answers(500));
    const id = await attach('/ill');
    const options = { pausesMs: [3_600_000] };
    expect(await fetchAttachments({ options })).toEqual({ stored: 0, failed: 1, left: 1 });
    expect(await row(id)).toMatchObject({
      error: { kind: 'server-error', status: 500, final: false },
      tries: 1,
    });
    expect(await fetchAttachments({ options })).toEqual({ stored: 0, failed: 0, left: 1 });
    expect(files.asked).toHaveLength(1);

    files.on('/ill', serves('well'));
    await store.pool.query(`UPDATE attachments SET tried_at = tried_at - interval '2 hours',
      error = jsonb_set(error, '{at}', to_jsonb(to_char((tried_at - interval '2 hours') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))`);
    expect(await fetchAttachments({ options })).toEqual({ stored: 1, failed: 0, left: 0 });
    expect(await row(id)).toMatchObject({ error: null, tries: 2, size: '4' });
  });

  it('is given up after five tries', async () => {
    files.on('/cuts', cuts);
    files.on('/silent', saysNothing);
    const [cut, silent] = [await attach('/cuts'), await attach('/silent')];
    expect(await fetchAttachments({ options: { pausesMs: [0, 0, 0, 0] } })).toEqual({
      stored: 0,
      failed: 10,
      left: 0,
    });
    expect(await row(cut)).toMatchObject({ tries: 5, error: { kind: 'network', final: true } });
    expect(await row(silent)).toMatchObject({ tries: 5, error: { kind: 'timeout', final: true } });
    expect(files.asked).toHaveLength(10);
  });

  it('does not keep the others from being stored', async () => {
    files.on('/well', serves('x'));
    await attach('/ill');
    const well = await attach('/well');
    expect(await fetchAttachments()).toEqual({ stored: 1, failed: 1, left: 0 });
    expect((await row(well))['stored_url']).not.toBeNull();
  });

  it('whose worker was killed is tried again once its claim has run out', async () => {
    files.on('/a', serves('x'));
    const id = await attach('/a');
    await store.pool.query('UPDATE attachments SET tried_at = clock_timestamp() WHERE id = $1', [id]);
    expect(await fetchAttachments()).toEqual({ stored: 0, failed: 0, left: 1 });
    await store.pool.query(`UPDATE attachments SET tried_at = tried_at - interval '1 hour' WHERE id = $1`, [
      id,
    ]);
    expect(await fetchAttachments()).toEqual({ stored: 1, failed: 0, left: 0 });
  });
});

describe('fetching ends', () => {
  const untouched = { stored_url: null, error: null, tries: 0, tried_at: null };

  it('between two files when the migration is paused or cancelled', async () => {
    for (const flag of ['paused', 'cancelled']) {
      const ids = [await attach('/first'), await attach('/second')];
      files.on('/second', serves('x'));
      files.on('/first', (request, response) => {
        void store.pool
          .query(`UPDATE accounts SET migration = jsonb_set(migration, ARRAY[$1], '{"by":"ann"}')`, [flag])
          .then(() => serves('x')(request, response));
      });
      expect(await fetchAttachments({ options: { concurrency: 1 } })).toEqual({
        stored: 1,
        failed: 0,
        left: 1,
      });
      expect(await row(ids[1]!)).toMatchObject(untouched);
      await store.pool.query(`DELETE FROM attachments`);
      await store.pool.query(`UPDATE accounts SET migration = '{}'`);
    }
  });

  it('when its time is over, claims given back', async () => {
    const id = await attach('/a');
    expect(await fetchAttachments({ options: { durationMs: 0 } })).toEqual({ stored: 0, failed: 0, left: 1 });
    expect(await row(id)).toMatchObject(untouched);
  });

  it('at once when it is cancelled, in the middle of a file', async () => {
    files.on('/drips', drips(10));
    const ids = [await attach('/drips'), await attach('/drips'), await attach('/drips')];
    const environment = new MockActivityEnvironment();
    const run = fetchAttachments({ environment, options: { concurrency: 2 } });
    setTimeout(() => environment.cancel(), 300);
    await expect(run).rejects.toBeInstanceOf(CancelledFailure);
    for (const id of ids) expect(await row(id)).toMatchObject(untouched);
    expect(
      (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()),
    ).toEqual([]);
  });

  it('with AttachmentsUnavailable when the place for files fails, and blames no row', async () => {
    files.on('/a', serves('x'));
    const ids = [await attach('/a'), await attach('/a')];
    await writeFile(join(folder, 'in the way'), '');
    const attachmentsUrl = pathToFileURL(join(folder, 'in the way')).href;
    await expect(fetchAttachments({ attachmentsUrl })).rejects.toMatchObject({
      type: 'AttachmentsUnavailable',
    });
    for (const id of ids) expect(await row(id)).toMatchObject(untouched);
  });

  it('having told Temporal how far it is', async () => {
    const environment = new MockActivityEnvironment();
    const beats: unknown[] = [];
    environment.on('heartbeat', (details) => beats.push(details));
    files.on('/a', serves('x'));
    await attach('/a');
    await attach('/a', { minute: 1 });
    await fetchAttachments({ environment });
    expect(beats).toContainEqual({ stored: 2, failed: 0 });
  });
});
