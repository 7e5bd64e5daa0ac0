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
    `\`npm run bench${process.argv
      .slice(2)
      .map((word) => ` ${word}`)
      .join('')}\``,
  ];
  return `${facts.filter((fact) => fact !== '').join('; ')}.`;
}

function javaVersion(): string {
  try {
    const said = execFileSync('java', ['--version'], { encoding: 'utf8' });
    return `Java ${/\d[\d.]*/.exec(said)?.[0] ?? ''}`;
  } catch {
    return '';
  }
}
