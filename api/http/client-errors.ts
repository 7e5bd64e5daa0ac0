import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Problem } from './problems.js';
import { PROBLEM_JSON } from '../schemas/problem.js';

/** Answers a request that is not HTTP, which never reaches a route, with a problem document. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { document } = new Problem('invalid-input', 'This is not a valid HTTP request.');
  const status = STATUS_OF[error.code ?? ''] ?? 400;
  const body = JSON.stringify({ ...document, status });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${PROBLEM_JSON}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
