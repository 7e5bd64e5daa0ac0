import type { Static } from 'typebox';
import type { AccountView } from '../../api/conversations/schemas/accounts.js';
import type { ApiClient } from '../engine/api/client.js';
import type { Printer } from '../engine/terminal/output.js';
import { table } from '../engine/terminal/table.js';
import { oneLine } from '../engine/terminal/words.js';

/** Prints an account with its brands and channels. If Carryover does not know it yet, the API asks Conversations. */
export async function showAccount(api: ApiClient, accountId: string, printer: Printer): Promise<void> {
  const account = await api.get<Static<typeof AccountView>>(`/v2/accounts/${encodeURIComponent(accountId)}`);
  await printer.show(account, () => {
    const rows = account.brands.flatMap((brand) => [
      [oneLine(brand.name), brand.brand_id, '', '', brand.migration_status],
      ...brand.channels.map((channel) => [
        oneLine(brand.name),
        channel.channel_id,
        channel.type,
        channel.phone_number ?? '',
        channel.migration_status,
      ]),
    ]);
    return [
      `${oneLine(account.name)} (${account.account_id}): ${account.migration_status}`,
      ...(rows.length === 0
        ? ['It has no brands yet.']
        : table(['BRAND', 'ID', 'TYPE', 'NUMBER', 'STATUS'], rows, printer.width)),
    ];
  });
}
