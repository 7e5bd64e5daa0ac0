import type { Pool } from 'pg';
import type { DumpLocation } from '../../domain/conversations/dump.js';
import { writeAccountRow, writeBrandRows } from '../../gateways/store/conversations/account/payload-rows.js';
import { transaction } from '../../gateways/store/sql/transaction.js';

/** Creates an account with one brand, as a start leaves them. */
export async function prepareBrand(
  pool: Pool,
  accountId: string,
  brandId: string,
  remembers: { readonly recentSince: string; readonly dump?: DumpLocation },
): Promise<void> {
  await transaction(pool, 'prepare-brand', async (tx) => {
    const rowId = await writeAccountRow(tx, { accountId, name: accountId, locale: 'en-US' });
    await writeBrandRows(tx, rowId, [{ brand_id: brandId, name: brandId, website_url: null, channels: [] }]);
    await tx.run`
      UPDATE accounts SET migration = ${JSON.stringify({ status: 'migrating', ...remembers })}::jsonb
      WHERE id = ${rowId}`;
  });
}
