import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { World } from './world.js';

export interface Stream {
  readonly response: IncomingMessage;
  readonly events: { name: string; data: Record<string, unknown> }[];
  ended: boolean;
}

/** Reads a stream as a browser does. @param by a token, or headers that identify the caller */
export function openEvents(
  of: Pick<World, 'app'>,
  path: string,
  by: string | Record<string, string>,
): Promise<Stream> {
  const headers = typeof by === 'string' ? { authorization: `Bearer ${by}` } : by;
  const { port } = of.app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    request({ port, path, headers }, (response) => {
      const stream: Stream = { response, events: [], ended: false };
      let rest = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const found = /^(?:id: .*\n)?event: (\w+)\ndata: (.*)$/.exec(block);
          if (found) stream.events.push({ name: found[1]!, data: JSON.parse(found[2]!) });
        }
      });
      response.on('end', () => {
        stream.ended = true;
      });
      response.on('error', () => undefined);
      resolve(stream);
    })
      .on('error', reject)
      .end();
  });
}
