/**
 * The limit: a Fastify route that answers given bytes, as a process. Its argument is a BareAnswer; it sends its address to its parent once it
 * listens.
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
