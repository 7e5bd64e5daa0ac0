import { fork } from 'node:child_process';
import type { ChildProcess, Serializable } from 'node:child_process';
import { once } from 'node:events';

/** Starts a script of the benchmarks as a child process; its `scriptArgument` returns `argument`. */
export function startScript(module: URL, argument: unknown): ChildProcess {
  const child = fork(module, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(argument as Serializable);
  return child;
}

/** The argument that the script was started with. */
export async function scriptArgument<Argument>(): Promise<Argument> {
  const [argument] = (await once(process, 'message')) as [Argument];
  return argument;
}

/** The child's first message. Throws if it ends before. */
export async function messageOf<Message>(child: ChildProcess): Promise<Message> {
  const gone = once(child, 'exit').then(() => {
    throw new Error(`${child.spawnargs[1] ?? 'the child'} has ended without a message`);
  });
  const [message] = (await Promise.race([once(child, 'message'), gone])) as [Message];
  gone.catch(() => undefined);
  return message;
}

/** Asks the child to end, and waits for it; a second call does nothing. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
