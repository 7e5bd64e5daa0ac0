import { Type } from 'typebox';
import { inspectStore, lackingRights, type StoreFacts } from '../../../gateways/store/sql/inspect.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { storeCheck } from '../../../gateways/store/sql/schema.js';
import { Common } from '../../environment/common.js';
import { readEnvironment } from '../../environment/read.js';
import { type Check, type Finding, ok, warning, wrong } from '../check.js';

const Needed = Type.Object({ DATABASE_URL: Common.properties.DATABASE_URL });
const OLDEST = 150_000;
/** What a worker (24 + 5 + 1) and an API (10 + 5 + 1) open. */
const CONNECTIONS = 46;

/** The store's server, schema and settings, and what the role of DATABASE_URL may do. */
export const store: Check = {
  name: 'store',
  advice: 'Check DATABASE_URL, and that PostgreSQL runs there.',
  async run({ environment, timeoutMs }) {
    const { DATABASE_URL: url } = readEnvironment(Needed, environment);
    const opened = openStore(url, { max: 1, controlMax: 1, applicationName: 'carryover-doctor' });
    try {
      const facts = await inspectStore(opened.pool, timeoutMs);
      await storeCheck(opened.pool)(timeoutMs);
      const lacking = await lackingRights(opened.pool, timeoutMs);
      return [
        ok(`PostgreSQL ${Math.floor(facts.version / 10_000)} has the schema of this version.`),
        ...serverFindings(facts),
        lacking.length === 0
          ? ok(`The role ${facts.role} has all rights on Carryover's tables.`)
          : lackingFinding(facts.role, lacking),
      ];
    } finally {
      await opened.close();
    }
  },
};

function serverFindings(facts: StoreFacts): Finding[] {
  const { version, isReadOnly, maxConnections, freeConnections, unsafe } = facts;
  return [
    ...(version < OLDEST
      ? [
          wrong(
            `The store is PostgreSQL ${Math.floor(version / 10_000)}.`,
            'Upgrade it to PostgreSQL 15 or newer.',
          ),
        ]
      : []),
    ...(isReadOnly
      ? [wrong('The store is read-only, as a replica is.', 'Name the primary in DATABASE_URL.')]
      : []),
    ...unsafe.map((setting) =>
      warning(
        `${setting} is off: a crash of the store may lose committed data.`,
        `ALTER SYSTEM SET ${setting} = on; SELECT pg_reload_conf();`,
      ),
    ),
    freeConnections >= CONNECTIONS
      ? ok(`${freeConnections} of ${maxConnections} connections are free.`)
      : warning(
          `${freeConnections} of ${maxConnections} connections are free; a worker and an API that start now need ${CONNECTIONS}.`,
          `ALTER SYSTEM SET max_connections = ${Math.max(200, maxConnections * 2)}; then restart PostgreSQL.`,
        ),
  ];
}

const SHOWN = 3;

function lackingFinding(
  role: string,
  lacking: readonly { readonly name: string; readonly lacking: readonly string[] }[],
): Finding {
  const shown = lacking.slice(0, SHOWN).map(({ name, lacking: rights }) => `${rights.join(', ')} on ${name}`);
  const more = lacking.length > SHOWN ? `; and on ${lacking.length - SHOWN} more tables` : '';
  const schemas = [...new Set(lacking.map(({ name }) => name.split('.')[0] ?? ''))];
  const grants = schemas.map(
    (schema) =>
      `GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};`,
  );
  return wrong(`The role ${role} lacks ${shown.join('; ')}${more}.`, grants.join(' '));
}
