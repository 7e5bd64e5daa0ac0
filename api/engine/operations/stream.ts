import type { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../../plugins/auth.js';
import type { ServedKind } from '../known-kinds.js';

const HEARTBEAT_MS = 15_000;
/** The longest delay of a timer; a token that lasts longer must open another stream then. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Answers with a stream of Server-Sent Events: the current migration, and again whenever it changes, until the token expires, the reader leaves or
 * the process stops. Throws Problem 404, 503.
 */
export async function streamMigration(
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, watch }: ServedKind,
  key: string,
): Promise<FastifyReply> {
  const first = JSON.stringify(await kind.read(key));
  const { clock, streams } = request.server;
  const stream = streams.open();
  const leave = watch.subscribe(key, first, teller(stream));
  const stopHeartbeat = clock.every(HEARTBEAT_MS, () => {
    if (!stream.writableNeedDrain) stream.write(': still here\n\n');
  });
  const { expiresAt } = callerOf(request);
  const validMs = Math.min(expiresAt - clock.now(), LONGEST_TIMEOUT_MS);
  const stopExpiry = clock.after(validMs, () => stream.end());
  stream.once('close', () => {
    stopExpiry();
    stopHeartbeat();
    leave();
  });
  // The reader may have left while the first state was being read.
  if (reply.raw.destroyed) stream.destroy();
  return reply
    .type('text/event-stream')
    .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    .send(stream);
}

/** Writes states to the stream. A slow reader gets the latest state once it has caught up; states in between are skipped. */
function teller(stream: PassThrough): (json: string) => void {
  let late: string | undefined;
  const tell = (json: string): void => {
    if (!stream.writable) return;
    if (stream.writableNeedDrain) late = json;
    else stream.write(`event: migration\ndata: ${json}\n\n`);
  };
  stream.on('drain', () => {
    const json = late;
    late = undefined;
    if (json !== undefined) tell(json);
  });
  return tell;
}
