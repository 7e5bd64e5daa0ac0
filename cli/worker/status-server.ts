import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import type { WorkerMetrics } from '../../gateways/metrics/worker-metrics.js';
import type { Readiness } from './readiness.js';

export interface StatusServer {
  /** The address at which Temporal's runtime must serve its metrics; METRICS_PORT serves them together with Carryover's. */
  readonly runtimeMetrics: string;
  readonly url: string;
  close(): Promise<void>;
}

/** Temporal's runtime serves its metrics to this process alone. */
const HERE = '127.0.0.1';

interface Shown {
  readonly readiness: Readiness;
  readonly metrics: Pick<WorkerMetrics, 'text'>;
}

export interface StatusAddress {
  readonly host: string;
  readonly port: number;
}

/** Serves GET /metrics and GET /readyz on METRICS_HOST and METRICS_PORT from the worker's start. Throws ConfigurationError if it cannot listen there. */
export async function startStatusServer(
  address: StatusAddress,
  { readiness, metrics }: Shown,
): Promise<StatusServer> {
  const runtimeMetrics = `${HERE}:${await freePort()}`;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const answer =
      path === '/readyz'
        ? readyz(readiness)
        : path === '/metrics'
          ? metricsOf(metrics, runtimeMetrics)
          : undefined;
    void (
      answer ??
      Promise.resolve({ status: 404, type: 'text/plain', body: 'The paths are /metrics and /readyz.\n' })
    ).then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body));
  });
  await listen(server, address);
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
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
  const { ready, ...more } = await readiness.standing();
  const body = JSON.stringify({ status: ready ? 'ready' : 'not ready', ...more });
  return { status: ready ? 200 : 503, type: 'application/json', body };
}

async function metricsOf(metrics: Shown['metrics'], runtimeMetrics: string): Promise<Answer> {
  // Before the runtime starts, and after it stops, only Carryover's metrics exist.
  const theirs = await fetch(`http://${runtimeMetrics}/metrics`)
    .then((answer) => answer.text())
    .catch(() => '');
  return { status: 200, type: 'text/plain; version=0.0.4', body: `${await metrics.text()}${theirs}` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await listen(server, { host: HERE, port: 0 });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

async function listen(server: Server, { host, port }: StatusAddress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const problems: Readonly<Record<string, string>> = {
        EADDRINUSE: `METRICS_PORT ${port} is taken: another process listens on ${host}:${port}. Stop it, or give METRICS_PORT another value.`,
        EADDRNOTAVAIL: `METRICS_HOST is wrong: this machine has no address ${host}.`,
        ENOTFOUND: `METRICS_HOST is wrong: this machine has no address ${host}.`,
      };
      const problem = problems[error.code ?? ''];
      reject(problem === undefined ? error : new ConfigurationError([problem]));
    });
    server.listen(port, host, resolve);
  });
}
