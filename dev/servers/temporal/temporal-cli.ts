import { chmod, copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../../../domain/engine/configuration-error.js';
import { cached, fromCache, type FindOptions } from '../cached.js';
import { findProgram } from '../paths.js';
import { downloadBySdk } from './sdk-download.js';
import { lastLines, runTool } from '../tools.js';

/** The last version that `go install` can build: later ones have replace directives. */
const VERSION = '1.5.1';
const CACHE_NAME = `temporal-cli-${VERSION}`;

/**
 * Finds a Temporal CLI for the dev server: the one that TEMPORAL_CLI names, one on PATH, a cached one, the SDK's download, or one built with Go.
 * If there is none, the error says what a person can do.
 */
export async function findTemporalCli(options: FindOptions): Promise<string> {
  const given = process.env['TEMPORAL_CLI'];
  if (given && !existsSync(given)) {
    throw new ConfigurationError([`TEMPORAL_CLI names ${given}, and there is no such file.`]);
  }
  const found = given || findProgram('temporal');
  if (found) return found;
  const folder =
    fromCache(CACHE_NAME) ?? (await cached(CACHE_NAME, (into) => obtain(into, options), options));
  return join(folder, 'temporal');
}

async function obtain(folder: string, options: FindOptions): Promise<void> {
  const program = join(folder, 'temporal');
  const downloaded = await downloadBySdk('dev-server', 'Temporal CLI', folder, options);
  if (downloaded) {
    await copyFile(downloaded, program);
    await rm(downloaded);
    await chmod(program, 0o755);
    return;
  }
  await build(folder, options);
}

async function build(folder: string, { log, signal }: FindOptions): Promise<void> {
  if (!findProgram('go')) {
    throw new Error(
      'There is no Temporal CLI, and it can neither be downloaded nor built here. Install it (temporal on PATH, or ' +
        'its path in TEMPORAL_CLI), or install Go, or connect this machine to the internet, and start again.',
    );
  }
  log(`Building the Temporal CLI ${VERSION} with Go. This happens once and takes about 3 minutes …`);
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const result = await runTool('go', ['install', `github.com/temporalio/cli/cmd/temporal@v${VERSION}`], {
    signal,
    env: { GOBIN: bin },
    cwd: folder,
  });
  if (!result.ok || !(await readdir(bin)).includes('temporal')) {
    throw new Error(`The Temporal CLI could not be built with Go:\n${lastLines(result.output)}`);
  }
  await copyFile(join(bin, 'temporal'), join(folder, 'temporal'));
  await rm(bin, { recursive: true });
}
