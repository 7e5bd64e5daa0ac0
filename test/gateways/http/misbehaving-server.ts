import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen } from '../../../dev/faults/loopback.js';

export interface Asked {
  readonly method: string;
  /** The raw answer, as on the wire. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse, asked: Asked) => void;

export interface MisbehavingServer {
  readonly url: string;
  readonly asked: Asked[];
  answer: Answer;
  close(): Promise<void>;
}

/** A server on loopback that answers exactly as the test says. */
export async function misbehavingServer(): Promise<MisbehavingServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      box.asked.push(asked);
      box.answer(response, asked);
    });
  });
  const { url, stop } = await listen(server);
  const box: MisbehavingServer = {
    url,
    asked: [],
    answer: (response) => response.end('{}'),
    close: stop,
  };
  return box;
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Everything but an answer, by name. */
export const NO_ANSWERS: Record<string, Answer> = {
  'cuts the connection at once': (response) => response.destroy(),
  'cuts the connection within the answer': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"account_id"', () => response.destroy());
  },
  'never answers': () => undefined,
  'never ends its answer': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"account_id":');
  },
  'answers without end': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = (): void => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  },
  'answers 200 without JSON': (response) => response.end('<html>sorry</html>'),
  'answers 302': (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  'answers 500': json(500, { error: 'ill' }),
  'answers 503': json(503, { error: 'ill' }),
};
