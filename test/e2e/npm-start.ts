import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, vi } from 'vitest';
import {
  type AccountSize,
  newSecrets,
  type WorldState,
  writeWorldState,
} from '../../dev/sample/world-state.js';
import { makePassable } from '../../dev/servers/data-folder.js';
import { choosePort } from '../../dev/servers/ports.js';
import { memoryFolder } from '../../dev/servers/memory-folder.js';

const START = resolve(import.meta.dirname, '../../dist/processes/start.js');

/** `npm start`, in a folder that the tests of a file share; with an account of another size, where one is given. */
export function npmStart(size?: AccountSize) {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(await memoryFolder(), 'carryover-start-'));
    await makePassable(folder);
    if (size !== undefined) writeWorldState(join(folder, 'sample'), await newWorld(size));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const start = (...options: string[]) => {
    const running = execa(process.execPath, [START, '--data', folder, ...options], {
      reject: false,
      all: true,
      env: { NO_COLOR: '1' },
    });
    let printed = '';
    running.all.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    return {
      running,
      printed: () => printed,
      /** Waits until it has printed this; throws when it ends before. */
      until: (text: string | RegExp) =>
        vi.waitUntil(
          () => {
            if (typeof text === 'string' ? printed.includes(text) : text.test(printed)) return true;
            if (running.exitCode !== null && running.exitCode !== undefined)
              throw new Error(`It ended: ${printed}`);
            return false;
          },
          { timeout: 300_000 },
        ),
    };
  };

  /** Of the processes that were started in the folder. */
  const newestWorker = async (): Promise<number> => {
    const { servers } = JSON.parse(await readFile(join(folder, 'stack.json'), 'utf8')) as {
      servers: { name: string; pid: number }[];
    };
    const worker = servers.findLast(({ name }) => name === 'worker');
    if (worker === undefined) throw new Error('no worker was started');
    return worker.pid;
  };

  return { start, newestWorker, folder: () => folder };
}

/** As if a sample world with an account of this size had been started and ended before it wrote a record. */
async function newWorld(size: AccountSize): Promise<WorldState> {
  const [conversationsPort, carrierPort] = [await choosePort(), await choosePort()];
  return {
    ...newSecrets(),
    seed: 1,
    now: new Date().toISOString(),
    conversationsPort,
    carrierPort,
    attachmentsBaseUrl: `http://127.0.0.1:${conversationsPort}/files`,
    size,
  };
}
