import { expect } from 'vitest';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import { heldAgainstTruth, type Readable } from '../../dev/sample/truth/held.js';

/** Compares all that the store holds of the account with what its source's records must become. Names the first thing that differs. */
export async function expectStoreToHold(
  store: Readable,
  account: Pick<SampleAccount, 'payload' | 'threads' | 'messages'>,
): Promise<void> {
  for await (const { what, found, expected } of heldAgainstTruth(store, account))
    expect(found, what).toEqual(expected);
}
