import { storable } from '../../domain/conversations/text.js';
import type { MigrationPayload, PayloadBrand } from '../../domain/payload.js';
import type { StoreTransaction } from './connect.js';

/** The account as Conversations tells of it: from its record alone, or with what the payload adds. */
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

/** Creates the account's row or brings it up to date, and locks it. What is not told stays as it is. */
export async function writeAccountRow(tx: StoreTransaction, facts: AccountFacts): Promise<bigint> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO accounts AS held (source_id, name, email, locale, source_created_at)
    VALUES (${facts.accountId}, ${storable(facts.name)}, ${text(facts.email)}, ${text(facts.locale)}, ${text(facts.createdAt)})
    ON CONFLICT (source_id) DO UPDATE SET
      name = excluded.name,
      email = coalesce(excluded.email, held.email),
      locale = coalesce(excluded.locale, held.locale),
      source_created_at = coalesce(excluded.source_created_at, held.source_created_at)
    RETURNING id`;
  const row = rows[0];
  if (!row) throw new Error('An upsert gave no row.');
  return row.id;
}

export interface BrandRows {
  /** Row ids by brand id, of the payload's brands that are this account's. */
  readonly own: ReadonlyMap<string, bigint>;
  /** Brand ids that are another account's here. */
  readonly foreign: readonly string[];
}

/** Creates the brands' rows or brings them up to date, in the payload's order. */
export async function writeBrandRows(
  tx: StoreTransaction,
  accountRowId: bigint,
  brands: readonly PayloadBrand[],
): Promise<BrandRows> {
  await tx.brand.createMany({
    data: brands.map((brand) => ({ accountId: accountRowId, ...brandColumns(brand) })),
    skipDuplicates: true,
  });
  const rows = await tx.brand.findMany({
    where: { sourceId: { in: brands.map((brand) => brand.brand_id) } },
    select: { id: true, sourceId: true, accountId: true, name: true, websiteUrl: true },
  });
  const held = new Map(rows.map((row) => [row.sourceId, row]));
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
      await tx.brand.update({ where: { id: row.id }, data: { name, websiteUrl } });
    }
  }
  return { own, foreign };
}

function brandColumns(brand: PayloadBrand): { sourceId: string; name: string; websiteUrl: string | null } {
  return { sourceId: brand.brand_id, name: storable(brand.name), websiteUrl: text(brand.website_url) };
}

function text(value: string | null | undefined): string | null {
  return value === null || value === undefined ? null : storable(value);
}
