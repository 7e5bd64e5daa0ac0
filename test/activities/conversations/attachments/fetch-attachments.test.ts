import { setFlag } from '../../../gateways/store/world.js';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { drips, redirects, serves } from '../../../gateways/download-server.js';
import { type AttachmentsWorld, forAttachments } from './attachments-world.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let world: AttachmentsWorld;
forAttachments((opened) => (world = opened));

describe('attachments of a brand', () => {
  it('are stored with type, size and digest', async () => {
    const bytes = randomBytes(200_000);
    world.files.on('/photo', serves(PNG, 'text/html'));
    world.files.on('/blob', serves(bytes));
    world.files.on('/moved', redirects('/notes'));
    world.files.on('/notes', serves('a,b\n', 'application/x-odd'));
    const photo = await world.attach('/photo', { type: 'application/pdf', name: 'Photo 1.png' });
    const blob = await world.attach('/blob', { type: 'image/jpeg' });
    const notes = await world.attach('/moved', { type: 'text/csv', name: '../notes.csv' });

    expect(await world.fetch()).toEqual({ stored: 3, failed: 0, left: 0 });

    expect(await world.row(photo)).toMatchObject({
      content_type: 'image/png',
      size: String(PNG.length),
      error: null,
      tries: 1,
    });
    expect(await world.row(blob)).toMatchObject({
      content_type: 'application/octet-stream',
      size: '200000',
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(await world.row(notes)).toMatchObject({ content_type: 'text/csv', size: '4' });
    const url = (await world.row(blob))['stored_url'] as string;
    expect((await readFile(fileURLToPath(url))).equals(bytes)).toBe(true);
    expect((await world.row(notes))['stored_url']).toMatch(new RegExp(`/${notes}/notes\\.csv$`));
  });

  it('are fetched for the newest messages first', async () => {
    const minutes = [3, 9, 1, 7, 5];
    for (const minute of minutes) {
      world.files.on(`/${minute}`, serves('x'));
      await world.attach(`/${minute}`, { minute });
    }
    await world.fetch({ options: { concurrency: 1 } });
    expect(world.files.asked.map(({ path }) => path)).toEqual(['/9', '/7', '/5', '/3', '/1']);
  });

  it('of a silent host come after those of others, however many and new they are', async () => {
    // Two hosts as URLs write them, and one server.
    const other = world.files.url('').replace('127.0.0.1', 'LOCALHOST');
    for (let at = 0; at < 12; at += 1) {
      world.files.on(`/silent${at}`, () => undefined);
      world.files.on(`/fine${at}`, serves('x'));
      await world.attach(`/silent${at}`, { minute: 100 + at });
      await world.attach('', { minute: at, url: `${other}/fine${at}` });
    }
    const options = { concurrency: 2, pausesMs: [60_000] };
    const progress = await world.fetch({ options, impatient: true });
    expect(progress).toEqual({ stored: 12, failed: 12, left: 12 });
    const asked = world.files.asked.map(({ path }) => path.replace(/\d+/, ''));
    const before = asked.slice(0, asked.lastIndexOf('/fine'));
    expect(before.filter((path) => path === '/silent').length).toBeLessThanOrEqual(3);
  });

  it('of other brands are left alone', async () => {
    world.files.on('/a', serves('x'));
    const other = await world.attach('/a', { brand: 'br_2' });
    expect(await world.fetch()).toEqual({ stored: 0, failed: 0, left: 0 });
    expect(await world.row(other)).toMatchObject({ stored_url: null, tries: 0, tried_at: null });
  });

  it('are fetched once by several lanes at once', async () => {
    for (let at = 0; at < 60; at += 1) {
      world.files.on(`/${at}`, serves(`file ${at}`));
      await world.attach(`/${at}`, { minute: at });
    }
    const results = await Promise.all([1, 2, 3].map(() => world.fetch()));
    expect(results.reduce((sum, { stored }) => sum + stored, 0)).toBe(60);
    expect(new Set(world.files.asked.map(({ path }) => path)).size).toBe(60);
    expect(world.files.asked).toHaveLength(60);
  });

  it('that are fetched again replace their object', async () => {
    world.files.on('/a', serves('x'));
    const id = await world.attach('/a', { name: 'a.txt' });
    await world.fetch();
    await world.store.pool.query('UPDATE attachments SET stored_url = NULL, tried_at = NULL WHERE id = $1', [
      id,
    ]);
    await world.fetch();
    const kept = await readdir(world.folder, { recursive: true, withFileTypes: true });
    expect(kept.filter((entry) => entry.isFile())).toHaveLength(1);
  });
});

describe('fetching ends', () => {
  const untouched = { stored_url: null, error: null, tries: 0, tried_at: null };

  it('between two files when the migration is paused or cancelled', async () => {
    for (const flag of ['paused', 'cancelled'] as const) {
      const ids = [await world.attach('/first'), await world.attach('/second')];
      world.files.on('/second', serves('x'));
      world.files.on('/first', (request, response) => {
        void setFlag(world.store.pool, 'acc_1', flag, { by: 'ann' }).then(() =>
          serves('x')(request, response),
        );
      });
      expect(await world.fetch({ options: { concurrency: 1 } })).toEqual({
        stored: 1,
        failed: 0,
        left: 1,
      });
      expect(await world.row(ids[1]!)).toMatchObject(untouched);
      await world.store.pool.query(`DELETE FROM attachments`);
      await setFlag(world.store.pool, 'acc_1', flag, null);
    }
  });

  it('when its time is over, and releases its claims', async () => {
    const id = await world.attach('/a');
    expect(await world.fetch({ options: { durationMs: 0 } })).toEqual({ stored: 0, failed: 0, left: 1 });
    expect(await world.row(id)).toMatchObject(untouched);
  });

  it('at once when it is cancelled, in the middle of a file', async () => {
    const dripping = drips();
    world.files.on('/drips', dripping.behaviour);
    const ids = [await world.attach('/drips'), await world.attach('/drips'), await world.attach('/drips')];
    const environment = new MockActivityEnvironment();
    const run = world.fetch({ environment, options: { concurrency: 2 } });
    await dripping.until(2);
    environment.cancel();
    await expect(run).rejects.toBeInstanceOf(CancelledFailure);
    for (const id of ids) expect(await world.row(id)).toMatchObject(untouched);
    expect(
      (await readdir(world.folder, { recursive: true, withFileTypes: true })).filter((entry) =>
        entry.isFile(),
      ),
    ).toEqual([]);
  });

  it('with AttachmentsUnavailable when the object store fails, and fails no row', async () => {
    world.files.on('/a', serves('x'));
    const ids = [await world.attach('/a'), await world.attach('/a')];
    await writeFile(join(world.folder, 'in the way'), '');
    const attachmentsUrl = pathToFileURL(join(world.folder, 'in the way')).href;
    await expect(world.fetch({ attachmentsUrl })).rejects.toMatchObject({
      type: 'AttachmentsUnavailable',
    });
    for (const id of ids) expect(await world.row(id)).toMatchObject(untouched);
  });

  it('with its progress reported to Temporal', async () => {
    const environment = new MockActivityEnvironment();
    const beats: unknown[] = [];
    environment.on('heartbeat', (details) => beats.push(details));
    world.files.on('/a', serves('x'));
    await world.attach('/a');
    await world.attach('/a', { minute: 1 });
    await world.fetch({ environment });
    expect(beats).toContainEqual({ stored: 2, failed: 0 });
  });
});
