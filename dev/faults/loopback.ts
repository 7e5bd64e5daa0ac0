import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
  /** 127.0.0.1 and the port. */
  readonly host: string;
  readonly url: string;
  /** Also ends open connections. */
  stop(): Promise<void>;
}

/** Lets the server listen on loopback, at a free port. */
export async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
