import type { RunningServer } from './server-process.js';

/** Servers that start side by side and end together. */
export class ServerGroup {
  readonly #servers: RunningServer[] = [];
  readonly #starting: Promise<unknown>[] = [];
  readonly #givenUp = new AbortController();
  /** Given to every start: aborted when another one failed, or from outside. */
  readonly signal: AbortSignal;

  constructor(outside?: AbortSignal) {
    this.signal = outside ? AbortSignal.any([outside, this.#givenUp.signal]) : this.#givenUp.signal;
  }

  /** Keeps a server that is starting; its failure gives up the others. */
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

  /** All of them; throws the first failure, and only when no start is under way any more. */
  async together<T extends readonly Promise<RunningServer>[]>(
    starts: readonly [...T],
  ): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
    try {
      return await Promise.all(starts);
    } finally {
      await Promise.allSettled(starts);
    }
  }

  /** Resolves with a sentence when one ends by itself. */
  died(): Promise<string> {
    return Promise.race(this.#servers.map((server) => server.died));
  }

  /** Ends them all and waits until they are gone. */
  async stop(): Promise<void> {
    this.#givenUp.abort();
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}
