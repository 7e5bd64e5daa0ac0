import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { unavailable } from '../http/problems.js';

declare module 'fastify' {
  interface FastifyInstance {
    streams: Streams;
  }
}

/** The open streams of Server-Sent Events: a bounded number, which end when the process stops. */
export class Streams {
  readonly #open = new Set<PassThrough>();
  #ending = false;

  constructor(private readonly max: number) {}

  get size(): number {
    return this.#open.size;
  }

  /** Throws Problem 503 if too many are open, or the process is stopping. */
  open(): PassThrough {
    if (this.#ending) throw unavailable('The process is stopping. Try again.', 1);
    if (this.#open.size >= this.max) {
      throw unavailable(
        'Too many streams of events are open. Poll the migration instead, or try again later.',
        30,
      );
    }
    const stream = new PassThrough();
    this.#open.add(stream);
    stream.once('close', () => this.#open.delete(stream));
    return stream;
  }

  /** Ends all open streams, and refuses new ones. */
  endAll(): void {
    this.#ending = true;
    for (const stream of this.#open) stream.end();
  }
}

export const streams = fp(async (app: FastifyInstance, { maxStreams }: { maxStreams: number }) => {
  const open = new Streams(maxStreams);
  app.decorate('streams', open);
  // In preClose, because the server then waits for open connections to end.
  app.addHook('preClose', async () => open.endAll());
});
