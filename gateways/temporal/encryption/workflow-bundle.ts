/** One workflow bundle, built once, for workers with and without encryption. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FAILURES_ARE_ENCODED } from './failures-are-encoded.js';
import type { PayloadKeys } from './keys.js';

/** For `bundleWorkflowCode`; without it a worker with keys refuses the bundle. */
export function workflowFailureConverterPath(): string {
  return fileURLToPath(new URL('workflow-failure-converter.js', import.meta.url));
}

/** What `Worker.create` takes as its `workflowBundle`: the code as it is, or told to hide failure texts in payloads. */
export function workflowBundleFor(code: string, keys: PayloadKeys | undefined): { code: string } {
  if (keys === undefined) return { code };
  if (!code.includes(FAILURES_ARE_ENCODED)) {
    throw new Error(
      'The workflow bundle cannot encrypt failure texts: build it with bundleWorkflowCode({ failureConverterPath: workflowFailureConverterPath() }).',
    );
  }
  // On the first line and without a new one, so that the lines of the source map stay right.
  return { code: `globalThis.${FAILURES_ARE_ENCODED}=true;${code}` };
}

/** The bundle in this file, as `workflowBundleFor` has it. Throws where there are keys that it cannot encrypt failures with. */
export async function readWorkflowBundle(
  path: string,
  keys: PayloadKeys | undefined,
): Promise<{ code: string }> {
  return workflowBundleFor(await readFile(path, 'utf8'), keys);
}
