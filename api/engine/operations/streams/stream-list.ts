import type { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ListEvent, ListWatch } from '../../live/list-watch.js';
import { openStream, sendStream } from './event-stream.js';

/** Answers with a stream of what changes in all migrations. Throws Problem 503. */
export async function streamList(
  request: FastifyRequest,
  reply: FastifyReply,
  watch: ListWatch,
): Promise<FastifyReply> {
  const stream = openStream(request);
  const lastEventId = request.headers['last-event-id'];
  const leaving = watch.subscribe(teller(stream), typeof lastEventId === 'string' ? lastEventId : undefined);
  stream.once('close', () => void leaving.then((leave) => leave()));
  return sendStream(stream, reply);
}

/** Writes events to the stream. A slow reader gets the latest of each migration, and the latest summary, once it has caught up. */
function teller(stream: PassThrough): (event: ListEvent) => void {
  const late = new Map<string, ListEvent>();
  const tell = (event: ListEvent): void => {
    if (!stream.writable) return;
    if (stream.writableNeedDrain) late.set(event.migration ?? `event ${event.name}`, event);
    else stream.write(`id: ${event.id}\nevent: ${event.name}\ndata: ${event.data}\n\n`);
  };
  stream.on('drain', () => {
    const waiting = [...late.values()].toSorted((a, b) => numberOf(a) - numberOf(b));
    late.clear();
    for (const event of waiting) tell(event);
  });
  return tell;
}

function numberOf({ id }: ListEvent): number {
  return Number(id.split('-')[1]);
}
