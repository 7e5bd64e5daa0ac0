import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The path of a program from a Python package, in a virtual environment that is created once and cached. Throws if there is no Python, or the
 * package cannot be installed.
 */
export async function pythonProgram(requirement: string, program: string): Promise<string> {
  const cache =
    process.env['CARRYOVER_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'carryover');
  const folder = join(cache, 'bench', requirement.replaceAll(/[^\w.-]+/g, '-'));
  const path = join(folder, 'bin', program);
  if (existsSync(path)) return path;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', requirement], {
    timeout: 300_000,
  });
  return path;
}
