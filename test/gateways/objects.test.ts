import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { savedAs } from '../../gateways/objects/disposition.js';
import { attachmentKey, safeFileName } from '../../gateways/objects/keys.js';
import { parseObjectLocation } from '../../gateways/objects/location.js';
import { openObjectStore } from '../../gateways/objects/open.js';
import { systemClock } from '../../gateways/clock.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { codePoint } from '../support/arbitraries.js';

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
    expect(() => parseObjectLocation(text)).toThrow(/^ATTACHMENTS_URL is invalid: /);
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

  it('is plain, short and not a path, for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 400 }), (name) => {
        expect(safeFileName(name)).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
        expect(safeFileName(name)).not.toContain('..');
      }),
    );
  });
});

describe('the name under which a file is saved', () => {
  it.each([
    ['Foto.jpg', 'attachment; filename=Foto.jpg'],
    [
      'Foto – Küche.jpg',
      `attachment; filename=Foto_Kuche.jpg; filename*=UTF-8''Foto%20%E2%80%93%20K%C3%BCche.jpg`,
    ],
    [
      'a"b;c\r\nX-Evil: 1.txt',
      `attachment; filename=a_b_c_X-Evil_1.txt; filename*=UTF-8''a%22b%3BcX-Evil%3A%201.txt`,
    ],
    ['\u202egpj.exe', `attachment; filename=gpj.exe`],
    ['../../etc/passwd', `attachment; filename=etc_passwd; filename*=UTF-8''.._.._etc_passwd`],
    [null, 'attachment; filename=file'],
  ])('of %j', (name, header) => {
    expect(savedAs(name)).toBe(header);
  });

  it('is a plain header that saves the file, for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 400 }), (name) => {
        expect(savedAs(name)).toMatch(
          /^attachment; filename=[A-Za-z0-9._-]+(?:; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?$/,
        );
        expect(savedAs(name).length).toBeLessThan(2_000);
      }),
    );
  });
});

/** A process with a store of its own, and an object whose content keeps arriving. */
function writeWithoutEnd(url: string): { pid: number; kill: () => Promise<unknown> } {
  const script = `
    const { openObjectStore } = await import('./dist/gateways/objects/open.js');
    async function* more() { for (;;) { yield Buffer.alloc(1000); await new Promise((next) => setTimeout(next, 5)); } }
    await openObjectStore(process.argv[1]).put('1/2/3/never', more(), { contentType: 'text/plain' });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, url], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  return { pid: child.pid ?? 0, kill: () => (child.kill('SIGKILL'), ended) };
}

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

  it('stores an object, and returns its URL', async () => {
    const store = openObjectStore(`${pathToFileURL(folder).href}/in here`);
    const url = await store.put('1/2/3/a.txt', chunks('one ', 'two'), TYPE);
    expect(await readFile(fileURLToPath(url), 'utf8')).toBe('one two');
    expect(await files()).toEqual(['in here/1/2/3/a.txt']);
  });

  it('replaces an object atomically', async () => {
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

  it('shows nothing under the name before the last byte is written', async () => {
    const store = openObjectStore(pathToFileURL(folder).href);
    const seen: string[][] = [];
    async function* watched(): AsyncGenerator<Uint8Array> {
      for (const part of ['one', 'two', 'three']) {
        yield Buffer.from(part);
        seen.push((await files()).filter((name) => !name.startsWith('.unfinished/')));
      }
    }
    await store.put('1/2/3/a', watched(), TYPE);
    expect(seen).toEqual([[], [], []]);
  });

  it('deletes what a killed process left half-written a day ago', async () => {
    const url = pathToFileURL(folder).href;
    await openObjectStore(url).put('1/2/3/a', chunks('a'), TYPE);
    const [old, young] = [join(folder, '.unfinished/old'), join(folder, '.unfinished/young')];
    await writeFile(old, 'half');
    await writeFile(young, 'half');
    const twoDaysAgo = new Date(systemClock.now() - 2 * 86_400_000);
    await utimes(old, twoDaysAgo, twoDaysAgo);
    await openObjectStore(url).put('1/2/3/b', chunks('b'), TYPE);
    expect((await files()).toSorted()).toEqual(['.unfinished/young', '1/2/3/a', '1/2/3/b']);
  });

  it('deletes what a killed process left, also after a long run', async () => {
    const clock = new VirtualClock(new Date().toISOString());
    const store = openObjectStore(pathToFileURL(folder).href, { clock });
    await store.put('1/2/3/a', chunks('a'), TYPE);
    const { pid, kill } = writeWithoutEnd(pathToFileURL(folder).href);
    await vi.waitUntil(async () => (await files()).length === 2);
    await kill();
    expect(pid).toBeGreaterThan(0);
    expect((await files()).filter((name) => name.startsWith('.unfinished/'))).toHaveLength(1);
    // The file is a little over an hour old; with more the test would prove nothing.
    await clock.advance(61 * 60_000);
    await store.put('1/2/3/b', chunks('b'), TYPE);
    expect((await files()).toSorted()).toEqual(['1/2/3/a', '1/2/3/b']);
  });

  it('reports that it cannot be written, not a fault of the source, and recovers', async () => {
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
