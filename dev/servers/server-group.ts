import type { RunningServer } from './server-process.js';

/** Servers that start concurrently and end together. */
export class ServerGroup {
  readonly #servers: RunningServer[] = [];
  readonly #starting: Promise<unknown>[] = [];
  readonly #givenUp = new AbortController();
  /** For every start: aborts when another one fails, or from outside. */
  readonly signal: AbortSignal;

  constructor(outside?: AbortSignal) {
    this.signal = outside ? AbortSignal.any([outside, this.#givenUp.signal]) : this.#givenUp.signal;
  }

  /** Adds a server that is starting; if it fails, the other starts are aborted. */
  async add<T extends RunningServer>(starting: Promise<T>): Promise<T> {
    this.#starting.push(starting);
    try {
      const server = await starting;
      this.#servers.push(server);
      return server;
    } catch (error) {
      this.#givenUp.abort();
      throw error;
    }
  }

  /** Waits for all starts. Throws the first failure, once no start is under way any more. */
  async together<T extends readonly Promise<RunningServer>[]>(
    starts: readonly [...T],
  ): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
    try {
      return await Promise.all(starts);
    } finally {
      await Promise.allSettled(starts);
    }
  }

  /** Resolves with a sentence when one of them dies. */
  died(): Promise<string> {
    return Promise.race(this.#servers.map((server) => server.died));
  }

  /** Stops all servers and waits for their ends. */
  async stop(): Promise<void> {
    this.#givenUp.abort();
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}
