import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface CodeVersion {
  readonly version: string;
  /** Of git, with `-dirty` behind it where the tree was not as committed; null where the build could not know it. */
  readonly commit: string | null;
}

/** Written by the build, beside what it made; told by whoever runs it. */
export const VERSION_FILE = fileURLToPath(new URL('../code-version.json', import.meta.url));

/** What runs: as the build wrote it down, or, run from the sources, the package's version alone. */
export function codeVersion(file = VERSION_FILE): CodeVersion {
  if (!existsSync(file)) return { version: packageVersion(), commit: null };
  return JSON.parse(readFileSync(file, 'utf8')) as CodeVersion;
}

/** What is being built. Git is asked where it is there and the sources are its own. */
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

/** The nearest folder above with a package.json: both the sources and what is built stand in it. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
