import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { unavailable } from '../problems.js';

declare module 'fastify' {
  interface FastifyInstance {
    streams: Streams;
  }
}

/** Open streams of Server-Sent Events: a bounded number, ended when the process ends. */
export class Streams {
  readonly #open = new Set<PassThrough>();
  #ending = false;

  constructor(private readonly max: number) {}

  get size(): number {
    return this.#open.size;
  }

  /** Throws Problem 503 when there are too many, or the process ends. */
  open(): PassThrough {
    if (this.#ending) throw unavailable('The process is ending. Ask again.', 1);
    if (this.#open.size >= this.max) {
      throw unavailable(
        'Too many streams of events are open. Ask for the migration itself, or try again later.',
        30,
      );
    }
    const stream = new PassThrough();
    this.#open.add(stream);
    stream.once('close', () => this.#open.delete(stream));
    return stream;
  }

  /** Those that are open, and none is opened any more. */
  endAll(): void {
    this.#ending = true;
    for (const stream of this.#open) stream.end();
  }
}

export const streams = fp(async (app: FastifyInstance, { maxStreams }: { maxStreams: number }) => {
  const open = new Streams(maxStreams);
  app.decorate('streams', open);
  // Before the server waits for its open connections to end.
  app.addHook('preClose', async () => open.endAll());
});
