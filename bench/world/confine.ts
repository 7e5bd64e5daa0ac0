/** Limits processes to parts of the machine, on Linux. Elsewhere, or without the right, nothing is limited and the result says so. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PERIOD_US = 100_000;
const GROUPS = '/sys/fs/cgroup';

export interface Confined {
  /** Call it once the process has ended. */
  end(): void;
}

/** Limits the process to this much CPU time, in cores; undefined if that is not possible. */
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
      // The group was not created, or holds another process; an empty one does nothing.
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

/** Pins these processes and what they start to these cores (`0`, `1-3`); false if that is not possible. */
export function pin(pids: readonly number[], cores: string): boolean {
  return pids.every(
    (pid) => spawnSync('taskset', ['-a', '-p', '-c', cores, `${pid}`], { stdio: 'ignore' }).status === 0,
  );
}
