/**
 * A distant DynamoDB: a proxy, as a process, that forwards every request after a delay. Its argument is a FarAway; it sends its address to its
 * parent once it listens.
 */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { scriptArgument } from '../world/child.js';

export interface FarAway {
  readonly target: string;
  readonly delayMs: number;
}

const { target, delayMs } = await scriptArgument<FarAway>();
const { hostname, port } = new URL(target);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

const server = createServer((incoming, answer) => {
  void sleep(delayMs).then(() => {
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, agent, method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('disconnect', () => process.exit());
