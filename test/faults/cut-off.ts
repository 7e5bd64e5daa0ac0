import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export interface CutOff {
  /** `host:port`, in the place of the server's own. */
  readonly address: string;
  /** Ends all connections; whether new ones are taken is told by `open`. */
  cut(): void;
  open: boolean;
  stop(): Promise<void>;
}

/** Stands between a process and a server, and can take one from the other: the server sees at once that the process has gone. */
export async function startCutOff(target: string): Promise<CutOff> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const sockets = new Set<Socket>();
  const watch = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((client) => {
    if (!proxy.open) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), hostname);
    watch(client, upstream);
    watch(upstream, client);
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const proxy: CutOff = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: true,
    cut() {
      proxy.open = false;
      for (const socket of sockets) socket.destroy();
    },
    stop: () =>
      new Promise<void>((resolve) => {
        proxy.cut();
        server.close(() => resolve());
      }),
  };
  return proxy;
}
