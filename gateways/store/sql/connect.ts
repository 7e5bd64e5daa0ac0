import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../../../generated/prisma/client.js';

/** An open store: the control plane's typed client and the bulk path's pool, each with connections of its own. */
export interface Store {
  /** Created when it is first read, because it takes 9 MB and a worker seldom needs it. */
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** The control plane's connections, shared by the typed client and `transaction`. */
  readonly control: pg.Pool;
  /** Closes all connections. A second call changes nothing. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Connections of the bulk path's pool; default 10. */
  readonly max?: number;
  /** Connections of the control plane; default 5. */
  readonly controlMax?: number;
  /** Shown in pg_stat_activity; default `carryover`. */
  readonly applicationName?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Control statements are short; one that is not must not hold an account's lock for ever. */
const CONTROL_STATEMENT_TIMEOUT_MS = 30_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/**
 * Plans every statement of the bulk path by index. Otherwise PostgreSQL reads whole tables, once for each thread, while it believes that they are
 * small: after a first small migration its statistics say so, and cached plans of foreign keys keep that. JIT is off because a sequential scan that
 * cannot be avoided (a temporary table) then looks expensive, and compiling it would take longer than running it.
 */
async function plannedByIndex(connection: pg.ClientBase): Promise<void> {
  await connection.query('SET enable_seqscan = off; SET jit = off');
}

/** Opens nothing yet: the first statement connects. Makes no retries of its own. */
export function openStore(databaseUrl: string, options: StoreOptions = {}): Store {
  const name = options.applicationName ?? 'carryover';
  const common = {
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  };
  const pool = new pg.Pool({
    ...common,
    application_name: `${name}-bulk`,
    max: options.max ?? 10,
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it, whatever its type says
    onConnect: plannedByIndex,
  });
  const control = new pg.Pool({
    ...common,
    application_name: name,
    max: options.controlMax ?? 5,
    statement_timeout: CONTROL_STATEMENT_TIMEOUT_MS,
  });
  for (const each of [pool, control]) outliveLostConnections(each);
  let client: PrismaClient | undefined;

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await client?.$disconnect();
    await Promise.all([pool.end(), control.end()]);
  };
  return {
    get prisma() {
      return (client ??= new PrismaClient({ adapter: new PrismaPg(control), errorFormat: 'minimal' }));
    },
    pool,
    control,
    close: () => (closing ??= close()),
  };
}

/**
 * Without handlers a connection that the server closes would end the process: an idle one, which the pool replaces, and one that is ended in the moment
 * between being opened and being used, whose first statement then fails.
 */
function outliveLostConnections(pool: pg.Pool): void {
  pool.on('error', () => undefined);
  pool.on('connect', (connection) => void connection.on('error', () => undefined));
}
