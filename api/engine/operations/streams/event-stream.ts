import type { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../../../plugins/auth.js';

const HEARTBEAT_MS = 15_000;
/** The longest delay of a timer; a token that lasts longer must open another stream then. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Opens a stream of Server-Sent Events, which ends when the token expires, the session ends, the reader leaves or the process stops. Throws Problem 503. */
export function openStream(request: FastifyRequest): PassThrough {
  const { clock, streams, sessionStreams } = request.server;
  const { expiresAt, sessionHash } = callerOf(request);
  const stream = streams.open();
  const end = () => stream.end();
  const stopHeartbeat = clock.every(HEARTBEAT_MS, () => {
    if (!stream.writableNeedDrain) stream.write(': still here\n\n');
  });
  const stopExpiry = clock.after(Math.min(expiresAt - clock.now(), LONGEST_TIMEOUT_MS), end);
  const leaveSession = sessionHash === undefined ? undefined : sessionStreams.follow(sessionHash, end);
  stream.once('close', () => {
    stopExpiry();
    stopHeartbeat();
    leaveSession?.();
  });
  return stream;
}

export function sendStream(stream: PassThrough, reply: FastifyReply): FastifyReply {
  // The reader may have left while the first state was being read.
  if (reply.raw.destroyed) stream.destroy();
  return reply
    .type('text/event-stream')
    .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    .send(stream);
}
