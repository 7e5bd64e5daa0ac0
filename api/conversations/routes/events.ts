import type { PassThrough } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { MigrationWatch } from '../../migration-watch.js';
import type { MigrationReader } from '../operations/read-migration.js';
import { callerOf } from '../../plugins/auth.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter, Named } from '../../schemas/common.js';
import { MigrationView } from '../schemas/migrations.js';
import { GUARDED, problems } from '../../schemas/problem.js';

const HEARTBEAT_MS = 15_000;
/** The longest that a timer takes; a token that lasts longer opens another stream then. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** One event of the stream. */
const MigrationEvent = Named('MigrationEvent', {
  event: Type.Literal('migration'),
  data: Type.String({ contentMediaType: 'application/json', contentSchema: MigrationView }),
});

export const events: FastifyPluginAsyncTypebox<{ readMigration: MigrationReader }> = async (
  app,
  { readMigration },
) => {
  const watch = new MigrationWatch({ read: readMigration });
  app.storeListener.on('notified', (_channel, accountId) => watch.changed(accountId));

  app.get(
    '/migrations/:account_id/events',
    {
      exposeHeadRoute: false,
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'watchMigration',
        tags: ['operators'],
        summary: 'The same, as it changes',
        description:
          'Server-Sent Events named `migration`, each as the schema says; `data` is the JSON of what `GET /v2/migrations/{account_id}` answers. The first comes at once.',
        params: AccountIdParameter,
        response: {
          200: {
            description: 'A stream that ends when the token expires, or the server ends.',
            content: { 'text/event-stream': { schema: MigrationEvent } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async (request, reply) => {
      const accountId = request.params.account_id;
      const first = JSON.stringify(await readMigration(accountId));
      const stream = app.streams.open();
      const leave = watch.subscribe(accountId, first, teller(stream));
      const heartbeat = setInterval(() => {
        if (!stream.writableNeedDrain) stream.write(': still here\n\n');
      }, HEARTBEAT_MS);
      const { expiresAt } = callerOf(request);
      const expiry = setTimeout(() => stream.end(), Math.min(expiresAt - Date.now(), LONGEST_TIMEOUT_MS));
      stream.once('close', () => {
        clearTimeout(expiry);
        clearInterval(heartbeat);
        leave();
      });
      // The reader may have gone while the first state was being read.
      if (reply.raw.destroyed) stream.destroy();
      return reply
        .type('text/event-stream')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        .send(stream as never);
    },
  );
};

/** A reader that is slow gets the latest state once it has read; those in between are left out. */
function teller(stream: PassThrough): (json: string) => void {
  let late: string | undefined;
  const tell = (json: string): void => {
    if (!stream.writable) return;
    if (stream.writableNeedDrain) late = json;
    else stream.write(`event: migration\ndata: ${json}\n\n`);
  };
  stream.on('drain', () => {
    const json = late;
    late = undefined;
    if (json !== undefined) tell(json);
  });
  return tell;
}
