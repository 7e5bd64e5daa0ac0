/**
 * Builds dist/workflow-bundle.js, the workflow code that workers load, with and without traces: built once, so that every worker runs the same code and starts
 * quickly. The version of the build is written beside it, for certificates.
 */

import { bundleWorkflowCode } from '@temporalio/worker';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { TRACED_WORKFLOW_BUNDLE, versionAtBuild, VERSION_FILE, WORKFLOW_BUNDLE } from './code-version.js';
import { workflowFailureConverterPath } from '../gateways/temporal/encryption/workflow-bundle.js';

const SOURCE_MAP = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

/** Interceptors must be in the bundle, so that there is a second one, for workers with traces. */
const TRACES = createRequire(import.meta.url).resolve(
  '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors',
);

for (const [path, workflowInterceptorModules] of [
  [WORKFLOW_BUNDLE, []],
  [TRACED_WORKFLOW_BUNDLE, [TRACES]],
] as const) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
    failureConverterPath: workflowFailureConverterPath(),
    workflowInterceptorModules: [...workflowInterceptorModules],
    logger: quietLogger(),
  });
  await writeFile(path, slim(code));
}
await writeFile(VERSION_FILE, JSON.stringify(await versionAtBuild()));

/**
 * Makes the bundle smaller, since every worker holds it several times. It drops the sources, which the source map repeats, and escapes
 * non-ASCII characters: with one of them in it, V8 stores the whole text with two bytes a character.
 */
function slim(bundle: string): string {
  const [code, map] = bundle.split(SOURCE_MAP);
  if (code === undefined || map === undefined) throw new Error('the workflow bundle has no source map');
  const { sourcesContent: _, ...kept } = JSON.parse(Buffer.from(map, 'base64').toString()) as Record<
    string,
    unknown
  >;
  const ascii = code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${ascii}${SOURCE_MAP}${Buffer.from(JSON.stringify(kept)).toString('base64')}`;
}

/** Logs only warnings and errors; faults in workflow code are thrown. */
function quietLogger() {
  const say = (message: string) => void process.stderr.write(`${message}\n`);
  const nothing = () => undefined;
  const log = (level: string, message: string) =>
    level === 'WARN' || level === 'ERROR' ? say(message) : undefined;
  return { log, trace: nothing, debug: nothing, info: nothing, warn: say, error: say };
}
