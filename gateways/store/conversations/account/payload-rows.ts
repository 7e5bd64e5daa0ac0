import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import { storable } from '../../../../domain/engine/text.js';
import type { MigrationPayload, PayloadBrand } from '../../../../domain/conversations/payload.js';
import { addMigrations } from '../../migrations/migrations.js';
import { jsonText } from '../../sql/json-text.js';
import type { Transaction } from '../../sql/transaction.js';
import { addUnits } from '../../work/units.js';

/** An account's data in Conversations: from its record, or with what the payload adds. */
export interface AccountFacts {
  readonly accountId: string;
  readonly name: string;
  readonly email?: string | null | undefined;
  readonly locale?: string | null | undefined;
  readonly createdAt?: string | null | undefined;
}

export function accountFactsOf({ account }: MigrationPayload): AccountFacts {
  return {
    accountId: account.account_id,
    name: account.name,
    email: account.email,
    locale: account.locale,
    createdAt: account.created_at,
  };
}

/** Creates or updates the account's row and locks it. Undefined values do not change the row. */
export async function writeAccountRow(tx: Transaction, facts: AccountFacts): Promise<bigint> {
  const row = (await writeAccountRows(tx, [facts])).get(facts.accountId);
  if (!row) throw new Error('An upsert returned no row.');
  return row.rowId;
}

export interface AccountRow {
  readonly rowId: bigint;
  /** As stored when the row was locked. */
  readonly migration: unknown;
}

/** The same for several accounts, by account id. Rows are written in order, so concurrent calls do not deadlock. */
export async function writeAccountRows(
  tx: Transaction,
  accounts: readonly AccountFacts[],
): Promise<ReadonlyMap<string, AccountRow>> {
  const given = JSON.stringify(
    accounts.map((facts) => ({
      source_id: facts.accountId,
      name: storable(facts.name),
      email: text(facts.email),
      locale: text(facts.locale),
      created: text(facts.createdAt),
    })),
  );
  const rows = await tx.rows<{ id: bigint; source_id: string; name: string; migration: unknown }>`
    INSERT INTO accounts AS held (source_id, name, email, locale, source_created_at)
    SELECT source_id, name, email, locale, created
    FROM jsonb_to_recordset(${given}::jsonb) AS given (source_id text, name text, email text, locale text, created text)
    ORDER BY source_id
    ON CONFLICT (source_id) DO UPDATE SET
      name = excluded.name,
      email = coalesce(excluded.email, held.email),
      locale = coalesce(excluded.locale, held.locale),
      source_created_at = coalesce(excluded.source_created_at, held.source_created_at)
    RETURNING id, source_id, name, migration`;
  await addMigrations(
    tx,
    CONVERSATIONS,
    rows.map(({ source_id: subject, name }) => ({ subject, name })),
  );
  return new Map(
    rows.map(({ id, source_id: accountId, migration }) => [accountId, { rowId: id, migration }]),
  );
}

export interface BrandRows {
  /** Row ids by brand id, of brands that belong to this account. */
  readonly own: ReadonlyMap<string, bigint>;
  /** Ids of brands that belong to another account here. */
  readonly foreign: readonly string[];
}

/** Creates or updates the brands' rows, in the payload's order. */
export async function writeBrandRows(
  tx: Transaction,
  accountRowId: bigint,
  brands: readonly PayloadBrand[],
): Promise<BrandRows> {
  const [rows] = await writeBrandRowsOfMany(tx, [{ accountRowId, brands }]);
  return rows ?? { own: new Map(), foreign: [] };
}

/** The same for several accounts, in order. */
export async function writeBrandRowsOfMany(
  tx: Transaction,
  accounts: readonly { readonly accountRowId: bigint; readonly brands: readonly PayloadBrand[] }[],
): Promise<BrandRows[]> {
  const all = accounts.flatMap(({ accountRowId, brands }) =>
    brands.map((brand) => ({ accountRowId, brand })),
  );
  if (all.length === 0) return accounts.map(() => ({ own: new Map(), foreign: [] }));
  const given = all.map(({ accountRowId, brand }) => ({
    account: String(accountRowId),
    ...brandColumns(brand),
  }));
  await tx.run`
    INSERT INTO brands (account_id, source_id, name, website_url)
    SELECT account, "sourceId", name, "websiteUrl"
    FROM jsonb_to_recordset(${jsonText(given)}::jsonb)
      AS given (account bigint, "sourceId" text, name text, "websiteUrl" text)
    ON CONFLICT DO NOTHING`;
  const rows = await tx.rows<HeldBrand>`
    SELECT b.id, b.source_id AS "sourceId", b.account_id AS "accountId", a.source_id AS subject, b.unit_id AS "unitId", u.name AS "unitName", b.name,
      b.website_url AS "websiteUrl"
    FROM brands b JOIN accounts a ON a.id = b.account_id LEFT JOIN carryover.units u ON u.id = b.unit_id
    WHERE b.source_id = ANY(${given.map(({ sourceId }) => sourceId)})`;
  await addBrandUnits(tx, given, rows);
  const held = new Map(rows.map((row) => [row.sourceId, row]));
  const answers: BrandRows[] = [];
  for (const { accountRowId, brands } of accounts) {
    const own = new Map<string, bigint>();
    const foreign: string[] = [];
    for (const brand of brands) {
      const row = held.get(brand.brand_id);
      if (row?.accountId !== accountRowId) {
        foreign.push(brand.brand_id);
        continue;
      }
      own.set(brand.brand_id, row.id);
      const { name, websiteUrl } = brandColumns(brand);
      if (row.name !== name || row.websiteUrl !== websiteUrl) {
        await tx.run`UPDATE brands SET name = ${name}, website_url = ${websiteUrl} WHERE id = ${row.id}`;
      }
    }
    answers.push({ own, foreign });
  }
  return answers;
}

interface GivenBrand {
  /** The account's row id. */
  readonly account: string;
  readonly sourceId: string;
  readonly name: string;
}

/**
 * Brands that are named for the first time, or existed here before their account was migrated, become units of its migration. Renames units whose
 * brand has a new name.
 */
async function addBrandUnits(
  tx: Transaction,
  given: readonly GivenBrand[],
  rows: readonly HeldBrand[],
): Promise<void> {
  const names = new Map(given.map(({ account, sourceId, name }) => [`${account} ${sourceId}`, name]));
  const changed = rows.flatMap(({ id, subject, sourceId, accountId, unitId, unitName }) => {
    const name = names.get(`${accountId} ${sourceId}`);
    if (name === undefined || (unitId !== null && name === unitName)) return [];
    return [{ id, unit: { kind: CONVERSATIONS, subject, key: sourceId, name } }];
  });
  if (changed.length === 0) return;
  const ids = await addUnits(
    tx,
    changed.map(({ unit }) => unit),
  );
  await tx.run`
    UPDATE brands SET unit_id = units.id
    FROM unnest(${changed.map(({ id }) => id)}::bigint[], ${ids}::bigint[]) AS units (brand_id, id)
    WHERE brands.id = units.brand_id AND brands.unit_id IS DISTINCT FROM units.id`;
}

interface HeldBrand {
  readonly id: bigint;
  readonly sourceId: string;
  readonly accountId: bigint;
  /** The account's id in Conversations. */
  readonly subject: string;
  readonly unitId: bigint | null;
  readonly unitName: string | null;
  readonly name: string;
  readonly websiteUrl: string | null;
}

function brandColumns(brand: PayloadBrand): { sourceId: string; name: string; websiteUrl: string | null } {
  return { sourceId: brand.brand_id, name: storable(brand.name), websiteUrl: text(brand.website_url) };
}

function text(value: string | null | undefined): string | null {
  return value === null || value === undefined ? null : storable(value);
}
