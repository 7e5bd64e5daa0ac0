import { median } from './numbers.js';

interface Run {
  readonly seconds: number;
  /** CPU seconds by program. */
  readonly cpu: Readonly<Record<string, number>>;
  /** MB */
  readonly memory: number;
}

/** `12,345 messages/s`, of the median run. */
export function rate(messages: number, runs: readonly Pick<Run, 'seconds'>[]): string {
  const perSecond = messages / median(runs.map(({ seconds }) => seconds));
  return `${Math.round(perSecond).toLocaleString('en')} messages/s`;
}

/** `CPU seconds: java 3.6, worker 4.7`, each the median of the runs. */
export function cpuNote(runs: readonly Pick<Run, 'cpu'>[]): string {
  const names = Object.keys(runs[0]?.cpu ?? {});
  const parts = names.map((name) => `${name} ${median(runs.map(({ cpu }) => cpu[name] ?? 0)).toFixed(1)}`);
  return `CPU seconds: ${parts.join(', ')}`;
}

/** Reports a run on standard error, and returns it. */
export function say<Any extends Run>(name: string, run: Any): Any {
  const cpu = Object.entries(run.cpu).map(([program, seconds]) => `${program} ${seconds.toFixed(2)}`);
  console.error(
    `  ${name}: ${run.seconds.toFixed(2)} s; CPU ${cpu.join(', ')}; ${Math.round(run.memory)} MB`,
  );
  return run;
}
