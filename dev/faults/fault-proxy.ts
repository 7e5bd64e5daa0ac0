import { type IncomingMessage, type ServerResponse, createServer, request as send } from 'node:http';
import { listen } from './loopback.js';

/** What happens instead of a request's answer: `cut` ends the connection, `cut-answer` in the middle of the answer. */
export type ProxyFault = { readonly status: number; readonly type: string } | 'cut' | 'cut-answer';

export interface FaultProxy {
  readonly url: string;
  /** Where requests go; set once the server behind is known. */
  target: string;
  /** Asked for every request, with its body; a promise holds the request meanwhile. */
  fault: (body: string) => ProxyFault | undefined | Promise<ProxyFault | undefined>;
  /** Changes a request's body before it is passed on. */
  rewrite: (body: string) => string;
  /** The bodies of all requests that were passed on. */
  readonly passed: string[];
  stop(): Promise<void>;
}

/** A proxy between a worker and DynamoDB, for faults that a real DynamoDB does not produce on demand. */
export async function startFaultProxy(): Promise<FaultProxy> {
  const proxy: Omit<FaultProxy, 'url' | 'stop'> = {
    target: '',
    fault: () => undefined,
    rewrite: (body) => body,
    passed: [],
  };
  const server = createServer((request, response) => {
    // The client may be killed in the middle of a request.
    serve(proxy, request, response).catch(() => request.socket.destroy());
  });
  const { url, stop } = await listen(server);
  return Object.assign(proxy, { url, stop });
}

async function serve(
  proxy: Omit<FaultProxy, 'url' | 'stop'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const fault = await proxy.fault(body);
  if (fault === 'cut') {
    request.socket.destroy();
    return;
  }
  if (typeof fault === 'object') {
    response.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(
      JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${fault.type}`, message: 'a fault' }),
    );
    return;
  }
  proxy.passed.push(body);
  const asked = Buffer.from(proxy.rewrite(body));
  const { method = 'POST', url: path } = request;
  const headers = { ...request.headers, 'content-length': asked.length };
  const upstream = send(proxy.target, { method, headers, path }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fault === 'cut-answer')
      answer.once('data', (chunk: Buffer) => {
        response.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => request.socket.destroy());
      });
    else answer.pipe(response);
  });
  upstream.on('error', () => request.socket.destroy());
  upstream.end(asked);
}
