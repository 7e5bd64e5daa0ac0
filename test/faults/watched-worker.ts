import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Carryover } from '../e2e/carryover.js';

/** An activity as its worker's log names it. */
export interface Activity {
  readonly type: string;
  /** As it holds leases: its name through all attempts, and this one. */
  readonly lane: string;
  readonly attempt: number;
  readonly token: Uint8Array;
}

/**
 * Tells Temporal that what a dead worker had under way has failed, so that it is tried again at once, and not after the half minute or
 * more in which it would notice by itself, and the pauses that grow with each try.
 */
export async function tellOfDeath(client: Client, activities: readonly Activity[]): Promise<void> {
  const message = 'the worker was killed';
  const told = activities.map(({ token }) =>
    client.activity.fail(token, ApplicationFailure.create({ message, nextRetryDelay: '1 second' })),
  );
  // One that was complete but for the last line of the log is nothing to tell of.
  await Promise.allSettled(told);
}

/** A worker with a log of its own, which tells what it has under way. */
export class WatchedWorker {
  readonly underWay = new Map<string, Activity>();
  /** Activities that came to an end. */
  done = 0;
  /** What its crash points have said. */
  readonly words: string[] = [];
  readonly pid: number;
  readonly #logged: Promise<void>;
  readonly #log: string;
  #read = 0;
  #rest = '';

  constructor(carryover: Carryover, name: string, environment: Readonly<Record<string, string>> = {}) {
    const { pid, logged } = carryover.startWorker({ ...environment, LOG_LEVEL: 'debug' }, name);
    this.pid = pid;
    this.#logged = logged;
    this.#log = join(carryover.logs, `${name}.log`);
  }

  /** Of one that is gone: its last words may still be on their way into its log. */
  async lastLook(): Promise<void> {
    await this.#logged;
    await this.look();
  }

  /** Reads what it has said since the last look; answers how many bytes that were. */
  async look(): Promise<number> {
    const said = await sinceByte(this.#log, this.#read);
    this.#read += said.length;
    const lines = (this.#rest + said.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.includes('"msg":"Activity ')) this.#note(JSON.parse(line));
      else if (line.startsWith('crash point ')) this.words.push(line);
    }
    return said.length;
  }

  #note(line: Readonly<Record<string, string>>): void {
    const { activityType: type = '', workflowRunId, activityId, taskToken = '' } = line;
    const attempt = Number(line['attempt']);
    const lane = `${workflowRunId}/${activityId}#${attempt}`;
    if (line['msg'] === 'Activity started')
      this.underWay.set(lane, { type, lane, attempt, token: Buffer.from(taskToken, 'base64') });
    else if (this.underWay.delete(lane)) this.done += 1;
  }
}

async function sinceByte(path: string, start: number): Promise<Buffer> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    const rest = Buffer.alloc(Math.max(0, size - start));
    await file.read(rest, 0, rest.length, start);
    return rest;
  } finally {
    await file.close();
  }
}
