import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { buildApp } from '../../api/app.js';
import type { KindMaker } from '../../api/kinds.js';
import type { CliKinds } from '../../cli/engine/choose-kind.js';
import { CLI_KINDS } from '../../cli/kinds.js';
import { runCarryover } from '../../cli/engine/program.js';
import { signToken } from '../../cli/token.js';
import { signatureCheck } from '../../gateways/carrier/signature.js';
import { conversationsClient } from '../../gateways/conversations/client.js';
import { openStore } from '../../gateways/store/sql/connect.js';
import { MOVES_AT_TEMPORAL } from '../api/moves-kind.js';
import { openTemporal } from '../../gateways/temporal/client.js';
import { stackEnv, testDatabase } from '../support/servers.js';
import { systemClock } from '../../gateways/clock.js';

export const SECRET = 'a secret that only these tests know';

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

interface Given {
  readonly environment?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** Called with each piece of output. */
  readonly onOut?: (text: string) => void;
}

/** Kinds in addition to the project's. */
interface MoreKinds {
  readonly api?: Readonly<Record<string, KindMaker>>;
  readonly cli?: CliKinds;
}

/** The operator's command line over a real API, with a store of its own; Conversations is away unless it is given. */
export async function commandWorld(
  conversationsUrl = 'http://127.0.0.1:9',
  { api: apiKinds = {}, cli: cliKinds = {} }: MoreKinds = {},
) {
  const database = await testDatabase();
  const store = openStore(database.url);
  const temporal = openTemporal({
    environment: { ...stackEnv() },
    kinds: { moves: MOVES_AT_TEMPORAL },
    taskQueue: `commands-${randomBytes(4).toString('hex')}`,
  });
  const conversations = conversationsClient({ baseUrl: conversationsUrl, token: 'none' });
  const app = await buildApp({
    store,
    databaseUrl: database.url,
    temporal,
    conversations,
    checkSignature: signatureCheck(['whsec_c2VjcmV0']),
    auth: { secret: SECRET },
    log: pino({ level: 'silent' }),
    temporalUiUrl: 'http://127.0.0.1:8233',
    kinds: apiKinds,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const token = await signToken({ secret: SECRET, role: 'operator', sub: 'ann', expiresIn: '1h' });
  return {
    store,
    url,
    async carryover(args: string[], given: Given = {}): Promise<Ran> {
      const ran = { out: '', error: '' };
      const terminal = {
        out: {
          write: (text: string) => {
            ran.out += text;
            given.onOut?.(text);
          },
        },
        error: { write: (text: string) => void (ran.error += text) },
        environment: { CARRYOVER_URL: url, CARRYOVER_TOKEN: token, ...given.environment },
        signal: given.signal ?? new AbortController().signal,
        clock: systemClock,
      };
      const status = await runCarryover(args, terminal, { ...CLI_KINDS, ...cliKinds });
      return { status, ...ran };
    },
    /** An account with a brand and a channel, as Conversations told of them. */
    async addAccount(): Promise<string> {
      const account = `acc_${randomBytes(6).toString('hex')}`;
      await store.pool.query(
        `WITH m AS (INSERT INTO carryover.migrations (kind, subject, name, status)
             VALUES ('conversations', $1, 'Lakeside Dental', 'pending')),
           a AS (INSERT INTO accounts (source_id, name, migration) VALUES ($1, 'Lakeside Dental', $2) RETURNING id),
           b AS (INSERT INTO brands (account_id, source_id, name, migration)
             SELECT id, $1 || '_br', 'Lakeside', $2 FROM a RETURNING id),
           c AS (INSERT INTO channels (brand_id, source_id, type, phone_number, migration)
             SELECT id, $1 || '_ch', 'sms', '+15550001111', $2 FROM b)
         INSERT INTO carryover.status_documents (kind, subject, document, version, changed_at)
           VALUES ('conversations', $1, '{}', 1, now())`,
        [account, { status: 'pending' }],
      );
      return account;
    },
    async close() {
      await app.close();
      await Promise.all([temporal.close(), store.close(), conversations.close()]);
      await database.drop();
    },
  };
}

export type CommandWorld = Awaited<ReturnType<typeof commandWorld>>;
