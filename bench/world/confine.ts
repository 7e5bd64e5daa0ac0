/** Parts of the machine for single processes, as Linux gives them. Elsewhere, or without the right, nothing is confined and the answer says so. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PERIOD_US = 100_000;
const GROUPS = '/sys/fs/cgroup';

export interface Confined {
  /** To be called once the process has ended. */
  end(): void;
}

/** From now on the process gets at most so many cores of time, whatever is free; undefined where that cannot be asked for. */
export function confine(pid: number, cores: number): Confined | undefined {
  const quota = Math.round(cores * PERIOD_US);
  const [root, file, limit] = existsSync(join(GROUPS, 'cgroup.controllers'))
    ? [GROUPS, 'cpu.max', `${quota} ${PERIOD_US}`]
    : [join(GROUPS, 'cpu'), 'cpu.cfs_quota_us', `${quota}`];
  const group = join(root, `carryover-bench-${pid}`);
  const end = () => {
    try {
      rmdirSync(group);
    } catch {
      // It was not made, or another process is in it: a group without a process does nothing.
    }
  };
  try {
    mkdirSync(group);
    writeFileSync(join(group, file), limit);
    writeFileSync(join(group, 'cgroup.procs'), `${pid}`);
    return { end };
  } catch {
    end();
    return undefined;
  }
}

/** From now on these processes and what they start run on these cores only (`0`, `1-3`); false where that cannot be asked for. */
export function pin(pids: readonly number[], cores: string): boolean {
  return pids.every(
    (pid) => spawnSync('taskset', ['-a', '-p', '-c', cores, `${pid}`], { stdio: 'ignore' }).status === 0,
  );
}
