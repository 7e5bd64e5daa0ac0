import { dumpFiles, putDump } from '../../../dev/sample/dump.js';
import { generateAccount, type SampleAccount } from '../../../dev/sample/generator/account.js';
import type { SampleOptions } from '../../../dev/sample/generator/options.js';
import type { S3Bucket } from '../../../dev/servers/s3.js';
import type { Carryover } from '../../e2e/carryover.js';
import { addAccount } from '../../../dev/sample/add-account.js';

export interface KilledAccount {
  readonly account: SampleAccount;
  readonly from: 'tables' | 'a dump';
}

const DAY = 86_400_000;

/** Accounts take turns: as most are, with every kind of dirt; few long threads; many short ones. */
export const SHAPES: readonly Omit<SampleOptions, 'now'>[] = [
  { brands: 2, channels: 3, portedNumbers: 2, threads: 120, messages: 1_800, years: 1, dirt: 'all' },
  { brands: 1, channels: 1, portedNumbers: 1, threads: 8, messages: 1_200, years: 1, attachmentRate: 0.01 },
  { brands: 4, channels: 4, portedNumbers: 0, threads: 400, messages: 800, years: 3, attachmentRate: 0.01 },
];

/** The n-th of the accounts that are killed; every third comes as a dump. */
export async function addKilledAccount(
  carryover: Carryover,
  server: S3Bucket,
  n: number,
  seed: number,
): Promise<KilledAccount> {
  const options = { ...SHAPES[(n >> 1) % SHAPES.length], seed };
  if (n % 3 !== 1) return { account: await addAccount(carryover, options), from: 'tables' };
  const { now, attachmentsBaseUrl } = carryover.world.account.options;
  const account = generateAccount({ ...options, now, attachmentsBaseUrl });
  const place = { bucket: server.bucket, prefix: `exports/${account.accountId}` };
  const recentSince = new Date(now.getTime() - 30 * DAY).toISOString();
  await putDump({ ...server, ...place }, dumpFiles(account, { recentSince }));
  const payload = { ...account.payload, messages: { kind: 's3', ...place } };
  carryover.world.conversations.put({ account: account.account, payload });
  return { account, from: 'a dump' };
}
