import { expect, test } from 'vitest';
import { generateAccount } from '../../../../dev/sample/generator/account.js';
import { ImportWorld } from '../import/import-world.js';
import { accountOf, type LooseItem } from '../import/source-items.js';
import { forVerifiedWorld, type Verifier } from './verification-world.js';

let world: ImportWorld;
let verifier: Verifier;
forVerifiedWorld(
  (...opened) => ([world, verifier] = opened),
  () => ImportWorld.open({ pageRecords: 50 }),
);

test('a sample account with every irregularity verifies equal after its import and after a repair', async () => {
  const now = new Date('2026-11-20T16:30:00.000Z');
  const account = generateAccount({ now, accountId: 'acc_7', threads: 300, messages: 1_500, dirt: 'all' });
  const brands = account.payload.brands.map((brand) => brand.brand_id);
  // The import world derives a brand's account from its id.
  const accountId = accountOf(brands[0] ?? '');
  const own = (item: LooseItem) =>
    item['account_id'] === 'acc_7' ? { ...item, account_id: accountId } : item;
  await world.account(accountId, ...brands);
  await world.put('threads', [...account.threads()].map(own));
  await world.put('messages', [...account.messages()].map(own));
  await world.migrate(brands, { pieceRecords: 40 });
  const before = await world.contents();

  expect(await verifier.verify(brands, false, { pieceRecords: 30 })).toBe('equal');
  expect(await verifier.findings(accountId)).toEqual([]);
  expect(await verifier.verify(brands, true)).toBe('equal');
  expect(await verifier.findings(accountId)).toEqual([]);
  expect(await world.contents()).toEqual(before);
});
