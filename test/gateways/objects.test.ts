import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attachmentKey, safeFileName } from '../../gateways/objects/keys.js';
import { parseObjectLocation } from '../../gateways/objects/location.js';
import { openObjectStore } from '../../gateways/objects/open.js';

const TYPE = { contentType: 'text/plain' };

async function* chunks(...parts: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield Buffer.from(part);
  }
}

describe('ATTACHMENTS_URL', () => {
  it('is a folder or a bucket with a prefix', () => {
    expect(parseObjectLocation('file:///var/lib/files/')).toEqual({ kind: 'file', folder: '/var/lib/files' });
    expect(parseObjectLocation('file:///with%20space')).toEqual({ kind: 'file', folder: '/with space' });
    expect(parseObjectLocation('s3://bucket')).toEqual({ kind: 's3', bucket: 'bucket', prefix: '' });
    expect(parseObjectLocation('s3://my.bucket/a/b/')).toEqual({
      kind: 's3',
      bucket: 'my.bucket',
      prefix: 'a/b',
    });
  });

  it.each([
    '',
    'files',
    '/var/files',
    'https://bucket',
    'file://host/folder',
    'file:///',
    's3://',
    's3://B/a',
    's3://bucket/a//b',
    's3://bucket/../b',
    's3://bucket/a b',
    's3://bucket/a?x=1',
  ])('is not %s', (text) => {
    expect(() => parseObjectLocation(text)).toThrow(/^ATTACHMENTS_URL is wrong: /);
  });
});

describe('the key of a file', () => {
  it('follows from the row ids and a safe name', () => {
    const owner = { accountId: '1', brandId: '22', attachmentId: '333' };
    expect(attachmentKey(owner, 'Foto 0412 – Küche.jpg')).toBe('1/22/333/Foto_0412_Kuche.jpg');
    expect(attachmentKey(owner, null)).toBe('1/22/333/file');
    expect(() => attachmentKey({ ...owner, brandId: '../2' }, 'a')).toThrow(/row id/);
  });

  it.each([
    ['../../etc/passwd', 'etc_passwd'],
    ['..', 'file'],
    ['.htaccess', 'htaccess'],
    ['a\0b\\c:d.txt', 'a_b_c_d.txt'],
    ['写真.jpg', 'jpg'],
    ['…', 'file'],
    [`${'a'.repeat(300)}.jpeg`, `${'a'.repeat(95)}.jpeg`],
  ])('of a file called %j has the name %s', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  it('is plain, short and no path for any name at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        expect(safeFileName(name)).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
        expect(safeFileName(name)).not.toContain('..');
      }),
    );
  });
});

describe('a folder of objects', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carryover-objects-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const files = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

  it('keeps what it is given, and answers its URL', async () => {
    const store = openObjectStore(`${pathToFileURL(folder).href}/in here`);
    const url = await store.put('1/2/3/a.txt', chunks('one ', 'two'), TYPE);
    expect(await readFile(fileURLToPath(url), 'utf8')).toBe('one two');
    expect(await files()).toEqual(['in here/1/2/3/a.txt']);
  });

  it('replaces an object as a whole', async () => {
    const store = openObjectStore(pathToFileURL(folder).href);
    const first = await store.put('1/2/3/a', chunks('a long first one'), TYPE);
    expect(await store.put('1/2/3/a', chunks('second'), TYPE)).toBe(first);
    expect(await readFile(fileURLToPath(first), 'utf8')).toBe('second');
  });

  it('has no object, or the earlier one, while and after a source fails', async () => {
    const store = openObjectStore(pathToFileURL(folder).href);
    const failure = new Error('the source is cut');
    await expect(store.put('1/2/3/a', chunks('half', failure), TYPE)).rejects.toBe(failure);
    expect(await files()).toEqual([]);
    await store.put('1/2/3/a', chunks('whole'), TYPE);
    await expect(store.put('1/2/3/a', chunks('half', failure), TYPE)).rejects.toBe(failure);
    expect(await readFile(join(folder, '1/2/3/a'), 'utf8')).toBe('whole');
    expect(await files()).toEqual(['1/2/3/a']);
  });

  it('shows nothing under the name before the last byte is there', async () => {
    const store = openObjectStore(pathToFileURL(folder).href);
    const seen: string[][] = [];
    async function* watched(): AsyncGenerator<Uint8Array> {
      for (const part of ['one', 'two', 'three']) {
        yield Buffer.from(part);
        await sleep(5);
        seen.push((await files()).filter((name) => !name.startsWith('.unfinished/')));
      }
    }
    await store.put('1/2/3/a', watched(), TYPE);
    expect(seen).toEqual([[], [], []]);
  });

  it('takes away what a killed process left half-written a day ago', async () => {
    const url = pathToFileURL(folder).href;
    await openObjectStore(url).put('1/2/3/a', chunks('a'), TYPE);
    const [old, young] = [join(folder, '.unfinished/old'), join(folder, '.unfinished/young')];
    await writeFile(old, 'half');
    await writeFile(young, 'half');
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
    await utimes(old, twoDaysAgo, twoDaysAgo);
    await openObjectStore(url).put('1/2/3/b', chunks('b'), TYPE);
    expect((await files()).toSorted()).toEqual(['.unfinished/young', '1/2/3/a', '1/2/3/b']);
  });

  it('says that it cannot be written, which is no fault of the source, and works again once it can', async () => {
    await writeFile(join(folder, 'in the way'), '');
    const store = openObjectStore(pathToFileURL(join(folder, 'in the way')).href);
    await expect(store.put('1/2/3/a', chunks('a'), TYPE)).rejects.toMatchObject({
      name: 'CarryoverError',
      type: 'AttachmentsUnavailable',
    });
    await rm(join(folder, 'in the way'));
    await store.put('1/2/3/a', chunks('a'), TYPE);
    expect(await files()).toEqual(['in the way/1/2/3/a']);
  });
});
