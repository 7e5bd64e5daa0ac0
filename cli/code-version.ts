import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface CodeVersion {
  readonly version: string;
  /** The git commit, with `-dirty` appended if the tree had uncommitted changes; null if the build did not know it. */
  readonly commit: string | null;
}

/** Written by the build beside its output, and read by the processes. */
export const VERSION_FILE = fileURLToPath(new URL('../code-version.json', import.meta.url));

/** The version of the running code: what the build recorded, or only the package's version when run from the sources. */
export function codeVersion(file = VERSION_FILE): CodeVersion {
  if (!existsSync(file)) return { version: packageVersion(), commit: null };
  return JSON.parse(readFileSync(file, 'utf8')) as CodeVersion;
}

/** The code that workflows run, beside the programs of the build. */
export const WORKFLOW_BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

export const TRACED_WORKFLOW_BUNDLE = fileURLToPath(new URL('../workflow-bundle-traced.js', import.meta.url));

/** Names this build in Temporal. Two builds whose code may differ have different names; a build without a clean commit is named by its workflow code. */
export function buildId({ version, commit } = codeVersion(), bundle = WORKFLOW_BUNDLE): string {
  const isClean = commit !== null && /^[0-9a-f]{7,40}$/.test(commit);
  const code = isClean ? commit : createHash('sha256').update(readFileSync(bundle)).digest('hex');
  return `${version}-${code.slice(0, 12)}`;
}

/**
 * The version to record in a build. The commit is known if git is installed and the package is the root of a repository; or by CARRYOVER_COMMIT, for builds
 * that have only the sources.
 */
export async function versionAtBuild(): Promise<CodeVersion> {
  const root = packageRoot();
  const given = process.env['CARRYOVER_COMMIT'] || null;
  const commit = existsSync(join(root, '.git')) ? await commitOf(root) : given;
  return { version: packageVersion(), commit };
}

async function commitOf(root: string): Promise<string | null> {
  const described = ['describe', '--always', '--abbrev=40', '--dirty', '--exclude=*'];
  try {
    const { stdout } = await promisify(execFile)('git', described, { cwd: root });
    return stdout.trim();
  } catch {
    return null;
  }
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** The nearest parent folder with a package.json; it holds both the sources and the build. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
