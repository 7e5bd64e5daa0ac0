import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A user to run a server as. */
export interface SystemUser {
  uid: number;
  gid: number;
}

/**
 * The user that PostgreSQL runs as; undefined for the current one. PostgreSQL refuses to run as root, so for root it is the system's `postgres`, or
 * `nobody`, which every system has.
 */
export function postgresUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = ['postgres', 'nobody']
    .map((name) => users.find((fields) => fields[0] === name))
    .find(Boolean);
  if (!found)
    throw new Error('PostgreSQL cannot run as root, and there is neither a user postgres nor nobody here.');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

/** Whether that user can pass through the folder. It asks the system, because more than mode bits may decide. */
export function canPass(folder: string, user: SystemUser | undefined): boolean {
  return runsAs(user, '/bin/sh', ['-c', 'test -x "$1"', 'sh', folder]);
}

/** Whether the program succeeds as that user. */
export function runsAs(user: SystemUser | undefined, program: string, args: string[]): boolean {
  return spawnSync(program, args, { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}
