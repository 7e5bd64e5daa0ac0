import { fork } from 'node:child_process';
import type { ChildProcess, Serializable } from 'node:child_process';
import { once } from 'node:events';

/** A script of the benchmarks as a child process; `argument` is what its `scriptArgument` gives. */
export function startScript(module: URL, argument: unknown): ChildProcess {
  const child = fork(module, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(argument as Serializable);
  return child;
}

/** What the script was started with. */
export async function scriptArgument<Argument>(): Promise<Argument> {
  const [argument] = (await once(process, 'message')) as [Argument];
  return argument;
}

/** What the child sends first. Throws when it ends before. */
export async function messageOf<Message>(child: ChildProcess): Promise<Message> {
  const gone = once(child, 'exit').then(() => {
    throw new Error(`${child.spawnargs[1] ?? 'the child'} has ended without a word`);
  });
  const [message] = (await Promise.race([once(child, 'message'), gone])) as [Message];
  gone.catch(() => undefined);
  return message;
}

/** Asks it to end, and waits; a second call does nothing. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
