import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { S3Bucket } from '../../dev/servers/s3.js';
import { forBucket } from '../support/s3.js';
import { type DumpFile, dumpFiles, packed, putDump, putDumpFile } from '../../dev/sample/dump.js';
import { generateAccount, type SampleAccount } from '../../dev/sample/generator/account.js';
import type { SampleOptions } from '../../dev/sample/generator/options.js';
import { type Carryover, startCarryover, until } from './carryover.js';
import { startMigration, statusOf, untilDone, untilStatus, viewOf } from './more-accounts.js';
import { expectStoreToHold } from './plain-reading.js';

describe('an account whose messages come as a dump in S3, on real servers and processes', () => {
  let server: S3Bucket;
  let carryover: Carryover;

  forBucket((bucket) => (server = bucket));
  beforeAll(async () => {
    carryover = await startCarryover({
      account: { seed: 80, brands: 1, threads: 20, messages: 50 },
      environment: {
        AWS_ENDPOINT_URL_S3: server.endpoint,
        AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
        // The tables have none of its records.
        DYNAMODB_ENDPOINT: 'http://127.0.0.1:9',
      },
    });
  });
  afterAll(() => carryover?.stop());

  /** An account that only Conversations' API and its dump know, with the dump's files. */
  function madeAccount(options: Omit<SampleOptions, 'now' | 'attachmentsBaseUrl'>) {
    const { now, attachmentsBaseUrl } = carryover.world.account.options;
    const account = generateAccount({ ...options, now, attachmentsBaseUrl });
    const place = { bucket: server.bucket, prefix: `exports/${account.accountId}` };
    const payload = { ...account.payload, messages: { kind: 's3' as const, ...place } };
    carryover.world.conversations.put({ account: account.account, payload });
    const recentSince = new Date(now.getTime() - 30 * 86_400_000).toISOString();
    return { account, target: { ...server, ...place }, files: dumpFiles(account, { recentSince }) };
  }

  const view = ({ accountId }: SampleAccount) => viewOf(carryover, accountId);
  const isSecond = ({ name }: DumpFile) => name.startsWith('messages/remaining/');

  it('is migrated in two calls, the second once its other half is written, and verifies equal', async () => {
    const { account, target, files } = madeAccount({
      seed: 81,
      brands: 2,
      threads: 150,
      messages: 1_500,
      dirt: 'all',
    });
    const { accountId } = account;
    await putDump(
      target,
      files.filter((file) => !isSecond(file)),
    );
    carryover.startWorker();
    await startMigration(carryover, accountId);
    await untilStatus(carryover, accountId, 'recent-messages-migrated');
    // It ends there, and says what it waits for; the status is not a failure.
    await until(async () =>
      (await view(account)).brands.every(({ failure }) => failure?.type === 'DumpIncomplete'),
    );
    expect((await statusOf(carryover, accountId)).status).toBe('recent-messages-migrated');

    await putDump(target, files.filter(isSecond));
    expect((await startMigration(carryover, accountId)).status).toBe(202);
    await untilDone(carryover, accountId);
    await expectStoreToHold(carryover.store, account);

    expect((await carryover.call('POST', `/v2/migrations/${accountId}/verify`)).status).toBe(202);
    await until(async () => !['running', undefined].includes((await view(account)).verification?.state));
    expect((await view(account)).verification).toMatchObject({ state: 'equal', failure: null });
  });

  it('that is truncated or damaged fails at that place, and continues once it is fixed', async () => {
    const { account, target, files } = madeAccount({ seed: 82, brands: 1, threads: 60, messages: 600 });
    const { accountId } = account;
    await putDump(target, files);
    const damage = async (folder: string, bytes: (whole: Buffer) => Buffer) => {
      const file = files.find(
        ({ name, records }) => name.startsWith(folder) && records.length > 0,
      ) as DumpFile;
      await putDumpFile(target, file.name, bytes(packed(file.records)));
      return file;
    };
    const cut = await damage('messages/recent/', (whole) => whole.subarray(0, whole.length - 9));
    const broken = await damage('messages/remaining/', () =>
      packed(['no record' as unknown as Record<string, unknown>]),
    );
    await startMigration(carryover, accountId);
    await untilStatus(carryover, accountId, 'recent-messages-failure');
    expect((await view(account)).brands[0]?.failure).toMatchObject({
      type: 'DumpBroken',
      message: expect.stringMatching(`/${cut.name} is cut off within line \\d+`),
      next_step: expect.stringContaining('start the migration again'),
    });

    await putDump(target, [cut]);
    await startMigration(carryover, accountId);
    await untilStatus(carryover, accountId, 'remaining-messages-failure');
    expect((await view(account)).brands[0]?.failure).toMatchObject({
      type: 'DumpBroken',
      message: expect.stringMatching(`/${broken.name}, line 1 \\(byte 1 .*is not a JSON object`),
    });

    await putDump(target, [broken]);
    await startMigration(carryover, accountId);
    await untilDone(carryover, accountId);
    await expectStoreToHold(carryover.store, account);
  });
});
