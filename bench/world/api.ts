import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { StackEnvironment } from '../../dev/servers/stack.js';

export interface ApiProcess {
  readonly url: string;
  readonly process: ChildProcess;
}

/** Starts the shipped API at a free port, and discards its log. Throws if it ends instead of listening. */
export async function startApi(
  stack: StackEnvironment,
  environment: Readonly<Record<string, string>>,
): Promise<ApiProcess> {
  const child = fork(new URL('../../processes/api.js', import.meta.url), [], {
    env: {
      ...process.env,
      ...stack,
      CONVERSATIONS_API_URL: 'http://127.0.0.1:9',
      CONVERSATIONS_API_TOKEN: 'none',
      CARRIER_WEBHOOK_SECRET: `whsec_${Buffer.from('only for a benchmark').toString('base64')}`,
      PORT: '0',
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (child.stdout === null) throw new Error('the API has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /listening at (\S+)/.exec(line)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return { url, process: child };
    }
  }
  throw new Error('the API has ended before it listened');
}
