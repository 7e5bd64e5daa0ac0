import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Describes the machine, its programs, its load, the date and the command, in one paragraph of Markdown. */
export function machineDescription(): string {
  const cores = availableParallelism();
  const memory = Math.round(totalmem() / 2 ** 30);
  const facts = [
    `${cores} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${memory} GB, ${type()} ${release()}`,
    `Node ${process.versions.node}`,
    javaVersion(),
    `load ${loadavg()[0]?.toFixed(1)} at the start`,
    new Date().toISOString().slice(0, 10),
    `\`${command()}\``,
  ];
  return `${facts.filter((fact) => fact !== '').join('; ')}.`;
}

/** `BENCH_ROUNDS=3 npm run bench -- import` */
function command(): string {
  const settings = Object.entries(process.env).filter(([name]) => name.startsWith('BENCH_'));
  const parts = process.argv.slice(2);
  return [
    ...settings.map(([name, value]) => `${name}=${value}`).sort(),
    'npm run bench',
    ...(parts.length === 0 ? [] : ['--', ...parts]),
  ].join(' ');
}

function javaVersion(): string {
  try {
    const said = execFileSync('java', ['--version'], { encoding: 'utf8' });
    return `Java ${/\d[\d.]*/.exec(said)?.[0] ?? ''}`;
  } catch {
    return '';
  }
}
