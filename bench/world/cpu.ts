import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux reports CPU time in these ticks on every machine. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** Seconds of the process and of its ended children. */
  readonly seconds: number;
}

/** CPU seconds of a process and its descendants so far, including ended children. Linux only: 0 elsewhere. */
export function cpuSecondsOf(pid: number): number {
  return treeSeconds(pid, allProcesses());
}

export type Usage = Readonly<Record<string, number>>;

/** CPU seconds of the servers among this process's children (`java`, `postgres`, `temporal`), by name. */
export function cpuOfServers(): Usage {
  const all = allProcesses();
  const usage: Record<string, number> = {};
  for (const { pid, parent, name } of all) {
    if (parent === process.pid) usage[name] = (usage[name] ?? 0) + treeSeconds(pid, all);
  }
  return usage;
}

/** The ids of this process's children with this name, and of their descendants. */
export function pidsOfServer(name: string): number[] {
  const all = allProcesses();
  const below = (pid: number): number[] => [
    pid,
    ...all.filter(({ parent }) => parent === pid).flatMap((child) => below(child.pid)),
  ];
  return all
    .filter((one) => one.parent === process.pid && one.name === name)
    .flatMap(({ pid }) => below(pid));
}

export function usageSince(before: Usage, after: Usage): Usage {
  return Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)]),
  );
}

/** The peak memory of the process alone, in MB of 10⁶ bytes; 0 if unknown. */
export function peakMemory(pid: number): number {
  return memoryOf(pid, 'VmHWM');
}

/** The memory of the process alone, in MB of 10⁶ bytes; 0 if unknown. From now on its peak is that from now on. */
export function memoryNow(pid: number): number {
  const now = memoryOf(pid, 'VmRSS');
  if (now > 0) writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
  return now;
}

/** As proc(5) says. */
const RESET_PEAK = '5';

function memoryOf(pid: number, what: 'VmHWM' | 'VmRSS'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return (Number(kilobytes ?? 0) * 1_024) / 1e6;
  } catch {
    return 0;
  }
}

function treeSeconds(root: number, all: readonly ProcessTimes[]): number {
  const own = all.find(({ pid }) => pid === root)?.seconds ?? 0;
  const below = all.filter(({ parent }) => parent === root);
  return below.reduce((sum, { pid }) => sum + treeSeconds(pid, all), own);
}

function allProcesses(): ProcessTimes[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      return [timesOf(Number(entry), readFileSync(`/proc/${entry}/stat`, 'utf8'))];
    } catch {
      // The process has ended meanwhile.
      return [];
    }
  });
}

function timesOf(pid: number, stat: string): ProcessTimes {
  // The name, in brackets, may contain spaces and brackets, so fields are counted from the last bracket.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
  return {
    pid,
    parent: Number(fields[1]),
    name: stat.slice(stat.indexOf('(') + 1, end),
    seconds: ticks / TICKS_PER_SECOND,
  };
}
