import type { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServedKind } from '../../known-kinds.js';
import { openStream, sendStream } from './event-stream.js';

/**
 * Answers with a stream of Server-Sent Events: the current migration, and again whenever it changes, until the stream ends. Throws
 * Problem 404, 503.
 */
export async function streamMigration(
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, watch }: ServedKind,
  key: string,
): Promise<FastifyReply> {
  const first = JSON.stringify(await kind.read(key));
  const stream = openStream(request);
  const leave = watch.subscribe(key, first, teller(stream, 'migration'));
  stream.once('close', leave);
  return sendStream(stream, reply);
}

/** Writes states to the stream. A slow reader gets the latest state once it has caught up; states in between are skipped. */
export function teller(stream: PassThrough, event: string): (json: string) => void {
  let late: string | undefined;
  const tell = (json: string): void => {
    if (!stream.writable) return;
    if (stream.writableNeedDrain) late = json;
    else stream.write(`event: ${event}\ndata: ${json}\n\n`);
  };
  stream.on('drain', () => {
    const json = late;
    late = undefined;
    if (json !== undefined) tell(json);
  });
  return tell;
}
