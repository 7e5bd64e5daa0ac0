import type { FaultProxy } from '../../dev/faults/fault-proxy.js';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import type { Carryover } from './carryover.js';

/** Matches queries of imports. Queries of polls, which may come at any time after a start, request their consumed capacity. */
export function importQueries(proxy: FaultProxy): string[] {
  return proxy.passed.filter(
    (body) => body.includes('"KeyConditionExpression"') && !body.includes('"ReturnConsumedCapacity"'),
  );
}

/** Whether the request's body names the brand. */
export const forBrand = (body: string, brandId: string) => body.includes(JSON.stringify(brandId));

/** Shows the account with its first channels changed, one in each brand. */
export function spoilChannels(
  conversations: Carryover['world']['conversations'],
  of: SampleAccount,
  changes: readonly object[],
): void {
  const payload = structuredClone(of.payload);
  for (const [index, change] of changes.entries())
    Object.assign(payload.brands[index]?.channels[0] ?? {}, change);
  conversations.put({ account: of.account, payload });
}
