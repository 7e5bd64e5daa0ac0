import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export interface CutOff {
  /** `host:port`, to use instead of the server's own. */
  readonly address: string;
  /** Ends all connections; `open` says whether new ones are accepted. Returns how many there were. */
  cut(): number;
  open: boolean;
  /** The number of new connections that were ended at once while it was not open. */
  refused: number;
  /** Called with a client's data before the server gets it. */
  onSent: (bytes: Buffer) => void;
  stop(): Promise<void>;
}

/** A proxy between a process and a server that can cut them off: the server notices at once that the process is gone. */
export async function startCutOff(target: string): Promise<CutOff> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const pairs = new Set<readonly Socket[]>();
  const tie = (socket: Socket, other: Socket) =>
    socket.on('error', () => undefined).once('close', () => other.destroy());
  const server = createServer((client) => {
    if (!proxy.open) {
      proxy.refused += 1;
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), hostname);
    const pair = [client, upstream];
    pairs.add(pair);
    client.once('close', () => pairs.delete(pair));
    tie(client, upstream);
    tie(upstream, client);
    client.on('data', (bytes) => proxy.onSent(bytes));
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const proxy: CutOff = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: true,
    refused: 0,
    onSent: () => undefined,
    cut() {
      proxy.open = false;
      const cut = pairs.size;
      for (const socket of [...pairs].flat()) socket.destroy();
      return cut;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        proxy.cut();
        server.close(() => resolve());
      }),
  };
  return proxy;
}
