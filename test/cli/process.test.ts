import { fork, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const PROCESS = pathToFileURL(resolve(import.meta.dirname, '../../dist/cli/process.js')).href;

it('a process whose parent has ended while it was still loading its modules ends too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-process-'));
  const module = join(folder, 'slow.mjs');
  await writeFile(
    module,
    `while (process.connected) await new Promise((next) => setImmediate(next));
     const { runProcess } = await import('${PROCESS}');
     runProcess(() => new Promise((end) => setTimeout(end, 60_000)));`,
  );
  const child = fork(module, { stdio: 'ignore' });
  try {
    child.disconnect();
    const signal = await new Promise((ended) => child.once('exit', (_code, by) => ended(by)));
    expect(signal).toBe('SIGTERM');
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}, 30_000);

it('a worker that never had anything to do ends with 0 on SIGTERM', async () => {
  const worker = spawn(process.execPath, [resolve(import.meta.dirname, '../../dist/cli/worker.js')], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/nowhere',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      CONVERSATIONS_API_URL: 'http://127.0.0.1:1',
      CONVERSATIONS_API_TOKEN: 'token',
      CARRIER_API_URL: 'http://127.0.0.1:1',
      CARRIER_API_TOKEN: 'token',
      PUBLIC_URL: 'http://127.0.0.1:1',
      ATTACHMENTS_URL: pathToFileURL(join(tmpdir(), 'carryover-idle')).href,
    },
  });
  try {
    const ended = new Promise((end) => worker.once('exit', (status, signal) => end(status ?? signal)));
    for await (const chunk of worker.stdout) if (String(chunk).includes('does not answer yet')) break;
    worker.kill('SIGTERM');
    expect(await ended).toBe(0);
  } finally {
    worker.kill('SIGKILL');
  }
}, 30_000);
