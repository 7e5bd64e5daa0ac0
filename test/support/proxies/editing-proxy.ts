import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../../dev/faults/loopback.js';

export interface EditingProxy {
  readonly url: string;
  /** Bodies of the requests, in order. */
  readonly requests: string[];
  /** Changes the bodies of answers. */
  edit: (body: string) => string;
  stop(): Promise<void>;
}

/** A proxy before a real DynamoDB that records requests and may change answers. */
export async function startEditingProxy(target: string): Promise<EditingProxy> {
  const proxy = { requests: [] as string[], edit: (body: string): string => body };
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    proxy.requests.push(body);
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const answer = await fetch(target, {
      method: 'POST',
      headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      body,
    });
    const edited = proxy.edit(await answer.text());
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(edited);
  };
  const server = createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy());
  });
  const { url, stop } = await listen(server);
  return Object.assign(proxy, { url, stop });
}
