import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FindOptions } from '../cached.js';
import { requireFromHere } from '../paths.js';
import { runTool } from '../tools.js';

const DOWNLOADS = 'https://temporal.download';
const REACHABLE_WITHIN_MS = 4_000;

/**
 * Lets the Temporal SDK download one of its servers into a folder. Returns the file; undefined if it cannot be downloaded, which takes seconds
 * without an internet connection.
 */
export async function downloadBySdk(
  server: 'dev-server' | 'time-skipping',
  title: string,
  folder: string,
  { log, signal }: FindOptions,
): Promise<string | undefined> {
  if (!(await canDownload())) return undefined;
  log(`Downloading the ${title}. This happens once and takes about a minute …`);
  const into = join(folder, 'download');
  await mkdir(into);
  // In a child process, because the SDK's runtime can be set up only once in a process, which the worker does.
  const start = server === 'dev-server' ? 'createLocal' : 'createTimeSkipping';
  const script = `
    const { TestWorkflowEnvironment } = require(${JSON.stringify(requireFromHere.resolve('@temporalio/testing'))});
    const executable = { type: 'cached-download', downloadDir: ${JSON.stringify(into)} };
    TestWorkflowEnvironment.${start}({ server: { executable } }).then((env) => env.teardown());`;
  await runTool(process.execPath, ['-e', script], { signal });
  // Whether the server also started in time does not matter: the file is complete once it has its final name.
  const file = (await readdir(into)).find((name) =>
    /^temporal-(test-server-)?sdk-typescript-[\d.]+$/.test(name),
  );
  return file && join(into, file);
}

async function canDownload(): Promise<boolean> {
  try {
    await fetch(DOWNLOADS, { method: 'HEAD', signal: AbortSignal.timeout(REACHABLE_WITHIN_MS) });
    return true;
  } catch {
    return false;
  }
}
