import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

export interface Program {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Its exit status; null when a signal ended it. */
  readonly status: Promise<number | null>;
}

/** `npm run api` or `npm run worker`, compiled, with this environment and no other; for one test. */
export function runProgram(name: 'api' | 'worker', environment: Record<string, string>): Program {
  const command = join(import.meta.dirname, '..', '..', 'dist', 'processes', `${name}.js`);
  const child = spawn(process.execPath, [command], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const status = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, out: () => out, err: () => err, status };
}

/** Waits for the pattern in its output, and returns the match. Throws if the program ends first. */
export async function printed(program: Program, pattern: RegExp): Promise<RegExpExecArray> {
  return vi.waitUntil(() => {
    const found = pattern.exec(program.out());
    if (found === null && program.child.exitCode !== null) throw new Error(`It ended: ${program.err()}`);
    return found ?? undefined;
  });
}
