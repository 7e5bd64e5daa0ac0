/**
 * Makes dist/workflow-bundle.js, the workflow code as workers load it: built once, so that every worker runs the same and starts at once.
 * Beside it stands what was built, for certificates.
 */

import { bundleWorkflowCode } from '@temporalio/worker';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { versionAtBuild, VERSION_FILE } from './code-version.js';
import { workflowFailureConverterPath } from '../gateways/temporal/encryption/workflow-bundle.js';

const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
  failureConverterPath: workflowFailureConverterPath(),
  logger: quietLogger(),
});
await writeFile(fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)), code);
await writeFile(VERSION_FILE, JSON.stringify(await versionAtBuild()));

/** Success says nothing; what is wrong with a workflow is thrown, and warnings are worth reading. */
function quietLogger() {
  const say = (message: string) => void process.stderr.write(`${message}\n`);
  const nothing = () => undefined;
  const log = (level: string, message: string) =>
    level === 'WARN' || level === 'ERROR' ? say(message) : undefined;
  return { log, trace: nothing, debug: nothing, info: nothing, warn: say, error: say };
}
