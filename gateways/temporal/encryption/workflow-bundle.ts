/** One workflow bundle, built once, for workers with and without encryption. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FAILURES_ARE_ENCODED } from './failures-are-encoded.js';
import type { PayloadKeys } from './keys.js';

/** For `bundleWorkflowCode`; without it a worker with keys rejects the bundle. */
export function workflowFailureConverterPath(): string {
  return fileURLToPath(new URL('workflow-failure-converter.js', import.meta.url));
}

/** The `workflowBundle` option of `Worker.create`: the code, set to encrypt failure texts if there are keys. */
export function workflowBundleFor(code: string, keys: PayloadKeys | undefined): { code: string } {
  if (keys === undefined) return { code };
  if (!code.includes(FAILURES_ARE_ENCODED)) {
    throw new Error(
      'The workflow bundle cannot encrypt failure texts: build it with bundleWorkflowCode({ failureConverterPath: workflowFailureConverterPath() }).',
    );
  }
  // On the first line without a new line, so that source maps remain correct.
  return { code: `globalThis.${FAILURES_ARE_ENCODED}=true;${code}` };
}

/** Reads the bundle from a file, as `workflowBundleFor` returns it. Throws if there are keys but the bundle cannot encrypt failures. */
export async function readWorkflowBundle(
  path: string,
  keys: PayloadKeys | undefined,
): Promise<{ code: string }> {
  return workflowBundleFor(await readFile(path, 'utf8'), keys);
}
