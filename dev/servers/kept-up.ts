import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningServer } from './server-process.js';

export interface KeepUpOptions<Server extends RunningServer> {
  /** Starts it at the same address, with its data. */
  readonly start: () => Promise<Server>;
  /** Throws if it does not answer in time. */
  readonly answers: (server: Server) => Promise<void>;
  /** Called with the reason for a restart; `answering` resolves once it answers, and rejects if it could not be started. */
  readonly onRestart: (why: string, answering: Promise<void>) => void;
  readonly lookEveryMs?: number | undefined;
  /** A server that ends before this age would only end again; default: five seconds. */
  readonly shortLifeMs?: number | undefined;
}

const SHORT_LIFE_MS = 5_000;
const LOOK_EVERY_MS = 5_000;
/** The number of missing answers in a row before a restart, because a busy machine makes single answers late. */
const SILENCES = 3;

/**
 * Starts a server, and restarts it if it dies or no longer answers. `died` resolves when it has died soon after a start, or could not be
 * restarted.
 */
export async function keepServerUp<Server extends RunningServer>(
  options: KeepUpOptions<Server>,
): Promise<Server> {
  const stopping = new AbortController();
  const first = await options.start();
  let current = first;
  let starting: Promise<unknown> = Promise.resolve();
  const restart = async (): Promise<void> => {
    await current.stop();
    if (!stopping.signal.aborted) current = await options.start();
  };
  const keep = async (): Promise<string> => {
    for (;;) {
      const begun = performance.now();
      const why = await endOf(current, options, stopping.signal);
      if (performance.now() - begun < (options.shortLifeMs ?? SHORT_LIFE_MS)) return why;
      const answering = restart();
      starting = answering;
      options.onRestart(why, answering);
      await answering;
    }
  };
  const died = keep().catch((error: unknown) => `${first.name} could not be restarted: ${String(error)}`);
  return {
    ...first,
    died,
    async stop() {
      stopping.abort();
      await starting.catch(() => undefined);
      await current.stop();
    },
  };
}

/** Resolves with the reason for a restart; never, once `stopping` is aborted. */
async function endOf<Server extends RunningServer>(
  server: Server,
  { answers, lookEveryMs }: KeepUpOptions<Server>,
  stopping: AbortSignal,
): Promise<string> {
  const over = new AbortController();
  const stop = () => over.abort();
  stopping.addEventListener('abort', stop, { once: true });
  const silent = async (): Promise<string> => {
    for (let silences = 0; silences < SILENCES;) {
      await sleep(lookEveryMs ?? LOOK_EVERY_MS, undefined, { signal: over.signal, ref: false });
      silences = await answers(server).then(
        () => 0,
        () => silences + 1,
      );
    }
    return `${server.name} does not answer.`;
  };
  const never = new Promise<never>(() => undefined);
  try {
    return await Promise.race([server.died, silent().catch(() => never)]);
  } finally {
    stopping.removeEventListener('abort', stop);
    over.abort();
  }
}
