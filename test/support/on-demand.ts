import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of the run that few tests need: a request to `url` returns its address, and the first one starts it. */
export interface OnDemand {
  readonly url: string;
  stop(): Promise<void>;
}

export async function onDemand(start: () => Promise<{ stop(): Promise<void> }>): Promise<OnDemand> {
  let started: ReturnType<typeof start> | undefined;
  const answer = async (response: ServerResponse): Promise<void> => {
    try {
      response.end(JSON.stringify(await (started ??= start())));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  };
  const door = createServer((_request, response) => void answer(response)).listen(0, '127.0.0.1');
  await once(door, 'listening');
  return {
    url: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
    async stop() {
      door.close();
      door.closeAllConnections();
      await (await started?.catch(() => undefined))?.stop();
    },
  };
}
