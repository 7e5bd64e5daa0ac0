import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import type { Readiness } from './readiness.js';

export interface StatusServer {
  /** The address at which Temporal's runtime must serve its metrics; METRICS_PORT serves them together with Carryover's. */
  readonly runtimeMetrics: string;
  readonly url: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Serves GET /metrics and GET /readyz on METRICS_PORT from the worker's start. Throws ConfigurationError if the port is taken. */
export async function startStatusServer(port: number, readiness: Readiness): Promise<StatusServer> {
  const runtimeMetrics = `${HOST}:${await freePort()}`;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const answer =
      path === '/readyz'
        ? readyz(readiness)
        : path === '/metrics'
          ? metrics(readiness, runtimeMetrics)
          : undefined;
    void (
      answer ??
      Promise.resolve({ status: 404, type: 'text/plain', body: 'The paths are /metrics and /readyz.\n' })
    ).then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body));
  });
  await listen(server, port);
  const url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  return {
    runtimeMetrics,
    url,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function readyz(readiness: Readiness): Promise<Answer> {
  const { ready, checks, details } = await readiness.standing();
  const body = JSON.stringify({ status: ready ? 'ready' : 'not ready', checks, details });
  return { status: ready ? 200 : 503, type: 'application/json', body };
}

async function metrics(readiness: Readiness, runtimeMetrics: string): Promise<Answer> {
  // Before the runtime starts, and after it stops, only Carryover's metrics exist.
  const theirs = await fetch(`http://${runtimeMetrics}/metrics`)
    .then((answer) => answer.text())
    .catch(() => '');
  const ours =
    '# HELP carryover_temporal_up Whether Temporal answers.\n# TYPE carryover_temporal_up gauge\n' +
    `carryover_temporal_up ${readiness.temporalUp ? 1 : 0}\n`;
  return { status: 200, type: 'text/plain; version=0.0.4', body: `${ours}${theirs}` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `METRICS_PORT ${port} is taken: another process listens on ${HOST}:${port}. Stop it, or give METRICS_PORT another value.`;
      reject(error.code === 'EADDRINUSE' ? new ConfigurationError([taken]) : error);
    });
    server.listen(port, HOST, resolve);
  });
}
