import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { workflowFailureConverterPath } from '../../gateways/temporal/encryption/workflow-bundle.js';

/** Whatever workflow code is made of: a change in one of them makes another bundle. */
const SOURCES = ['workflows', 'domain', 'gateways/temporal/encryption', 'package-lock.json'];

/** Of this process. */
const bundles = new Map<string, Promise<{ codePath: string }>>();

/**
 * The workflow code as workers load it, bundled from the sources once and shared by all tests until they change.
 *
 * @param entry a module that exports workflows, from the project's folder
 */
export function workflowBundle(entry = 'workflows/index.ts'): Promise<{ codePath: string }> {
  const bundle = bundles.get(entry) ?? bundled(entry);
  bundles.set(entry, bundle);
  return bundle;
}

async function bundled(entry: string): Promise<{ codePath: string }> {
  const folder = join(tmpdir(), 'carryover-test-bundles');
  const codePath = join(folder, `${await digest([...SOURCES, entry])}.js`);
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode({
      workflowsPath: resolve(entry),
      failureConverterPath: workflowFailureConverterPath(),
      logger: new DefaultLogger('WARN'),
    });
    await mkdir(folder, { recursive: true });
    const unfinished = `${codePath}.${process.pid}`;
    await writeFile(unfinished, code);
    await rename(unfinished, codePath);
  }
  return { codePath };
}

async function digest(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(paths.at(-1) ?? '');
  for (const file of (await Promise.all(paths.map(filesBelow))).flat().toSorted())
    hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 20);
}

async function filesBelow(path: string): Promise<string[]> {
  if (path.includes('.')) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
