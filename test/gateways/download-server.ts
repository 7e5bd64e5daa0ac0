import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../../dev/faults/loopback.js';
import { systemClock } from '../../gateways/clock.js';
import { vi } from 'vitest';

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface FileServer {
  /** host:port */
  readonly host: string;
  readonly url: (path: string) => string;
  /** Requests in the order of arrival, with the `path` as requested. */
  readonly asked: { path: string; headers: IncomingMessage['headers'] }[];
  /** Sets the behaviour of a path. */
  on(path: string, behaviour: Behaviour): void;
  close(): Promise<void>;
}

/** A real HTTP server on loopback that behaves as told, however badly; other paths answer 404. */
export async function startFileServer(behaviours: Record<string, Behaviour> = {}): Promise<FileServer> {
  const told = new Map(Object.entries(behaviours));
  const asked: FileServer['asked'] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push({ path, headers: request.headers });
    response.on('error', () => undefined);
    const behaviour = told.get(path.split('?', 1)[0] ?? '');
    if (behaviour) behaviour(request, response);
    else response.writeHead(404).end();
  });
  const { host, url, stop } = await listen(server);
  return {
    host,
    url: (path) => url + path,
    asked,
    on: (path, behaviour) => void told.set(path, behaviour),
    close: stop,
  };
}

export const serves =
  (bytes: Uint8Array | string, type = 'application/octet-stream'): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(bytes) }).end(bytes);
  };

export const answers =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (_request, response) => {
    response.writeHead(status, headers).end('no');
  };

export const redirects = (location: string, status = 302): Behaviour => answers(status, { location });

/** Never ends, as fast as it is read. */
export const endless: Behaviour = (_request, response) => {
  response.writeHead(200);
  const pour = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 7)));
  };
  response.on('drain', pour);
  pour();
};

/** A byte now and then, for ever; `until` waits until so many downloads have begun. */
export function drips(): { readonly behaviour: Behaviour; until(begun: number): Promise<void> } {
  let open = 0;
  return {
    behaviour(_request, response) {
      response.writeHead(200);
      response.write('.');
      const stop = systemClock.every(10, () => response.write('.'));
      response.on('close', stop);
      open += 1;
    },
    until: async (begun) => void (await vi.waitUntil(() => open >= begun)),
  };
}

/** The head and some bytes, then nothing. */
export const stalls: Behaviour = (_request, response) => {
  response.writeHead(200, { 'content-length': 1000 });
  response.write('beginning');
};

export const saysNothing: Behaviour = () => undefined;

/** Promises more than it sends, then cuts the connection. */
export const cuts: Behaviour = (_request, response) => {
  response.writeHead(200, { 'content-length': 100_000 });
  response.write('only this');
  response.write('', () => response.destroy());
};
