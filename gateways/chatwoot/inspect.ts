import type { Pool } from '../store/sql/transaction.js';
import { askChatwoot } from './connect.js';
import { type Inventory, takeInventory } from './inventory.js';
import { schemaVersion } from './schema/migrate.js';
import { VERSIONS } from './schema/versions.js';

export interface ChatwootFacts extends Inventory {
  readonly role: string;
  readonly database: string;
  /** Whether the role may make the schema `carryover`. */
  readonly canCreate: boolean;
  /** The state of Carryover's own schema: `newer` than this program, or to be created or upgraded by it. */
  readonly schema: 'this' | 'older' | 'newer' | 'none';
}

/** The state of Chatwoot's database, for the person who sets it up. Changes nothing. Throws TargetUnavailable. */
export async function inspectChatwoot(pool: Pool): Promise<ChatwootFacts> {
  const [row] = await askChatwoot<Pick<ChatwootFacts, 'role' | 'database' | 'canCreate'>>(
    pool,
    `SELECT current_user AS role, current_database() AS database, has_database_privilege(current_database(), 'CREATE') AS "canCreate"`,
  );
  const held = await schemaVersion(pool);
  const schema =
    held === 0 ? 'none' : held === VERSIONS.length ? 'this' : held < VERSIONS.length ? 'older' : 'newer';
  const { role = '', database = '', canCreate = false } = row ?? {};
  return { role, database, canCreate, schema, ...(await takeInventory(pool)) };
}
