import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cached } from '../../dev/servers/cached.js';
import { withLock } from '../../dev/servers/lock.js';

let cache: string;
const log = (): void => undefined;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'carryover-cache-'));
  vi.stubEnv('CARRYOVER_CACHE', cache);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true, force: true });
});

/** The identity of a process that has been and gone. */
async function endedProcess(): Promise<string> {
  const { stdout } = await execa('node', ['-p', 'process.pid']);
  return JSON.stringify({ pid: Number(stdout), startedAt: 'long ago' });
}

describe('the cache of servers', () => {
  it('is filled once for all who need the same folder concurrently', async () => {
    let fills = 0;
    const waiting: string[] = [];
    const fill = async (folder: string): Promise<void> => {
      fills += 1;
      await vi.waitUntil(() => waiting.length === 7);
      await writeFile(join(folder, 'program'), 'whole');
    };
    const paths = await Promise.all(
      Array.from({ length: 8 }, () => cached('server', fill, { log: (words) => waiting.push(words) })),
    );
    expect(fills).toBe(1);
    expect(new Set(paths)).toEqual(new Set([join(cache, 'server')]));
    expect(await readdir(cache)).toEqual(['server']);
  });

  it('keeps nothing of a failed build, and builds again after a killed one', async () => {
    const fails = cached('server', () => Promise.reject(new Error('no internet')), { log });
    await expect(fails).rejects.toThrow('no internet');
    expect(await readdir(cache)).toEqual([]);

    await mkdir(join(cache, 'server.unfinished'));
    await writeFile(join(cache, 'server.unfinished', 'half'), '');
    await writeFile(join(cache, 'server.lock'), await endedProcess());
    const path = await cached('server', (folder) => writeFile(join(folder, 'program'), ''), { log });
    expect(await readdir(path)).toEqual(['program']);
    expect(await readdir(cache)).toEqual(['server']);
  });
});

describe('a lock', () => {
  it('admits one at a time, even if all of them find a dead owner', async () => {
    const path = join(cache, 'some.lock');
    await writeFile(path, await endedProcess());
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      for (let turn = 0; turn < 5; turn += 1) await readdir(cache);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 10 }, () => withLock(path, work)));
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it('is released when the work fails, and reports the owner to waiters', async () => {
    const path = join(cache, 'some.lock');
    await expect(withLock(path, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    const waitedFor: number[] = [];
    let giveBack = (): void => undefined;
    const first = withLock(path, () => new Promise<void>((resolve) => (giveBack = resolve)));
    await vi.waitUntil(() => existsSync(path));
    const onWait = (pid: number): void => {
      waitedFor.push(pid);
      giveBack();
    };
    await withLock(path, () => Promise.resolve(), { onWait });
    await first;
    expect(waitedFor).toEqual([process.pid]);
  });
});
