import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Answers a request, or returns false and has done nothing to the response. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Offers each request to `answers` before Fastify handles it. */
export function answerFirst(server: Server, answers: Answering): void {
  const handlers = server.listeners('request') as ((...args: Parameters<Answering>) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (answers(request, response)) return;
    for (const handle of handlers) handle(request, response);
  });
}
