import { execFile } from 'node:child_process';
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

/** The version to record in a build. The commit is known only if git is installed and the package is the root of a repository. */
export async function versionAtBuild(): Promise<CodeVersion> {
  const root = packageRoot();
  const commit = existsSync(join(root, '.git')) ? await commitOf(root) : null;
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
