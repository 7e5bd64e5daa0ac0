/**
 * The limit: a Fastify route that answers given bytes to whoever asks, as a process of its own.
 * Its argument is a BareAnswer. Sends its address to its parent once it listens.
 */
import Fastify from 'fastify';
import { scriptArgument } from '../world/child.js';

export interface BareAnswer {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const { path, headers, body } = await scriptArgument<BareAnswer>();
const app = Fastify();
app.get(path, (_request, reply) => {
  void reply.headers(headers).send(body);
});
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }));
process.once('disconnect', () => process.exit());
