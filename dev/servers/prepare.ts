/** `node dist/dev/servers/prepare.js` builds or fetches the servers that tests need and that are not cached yet. A second run does nothing. */

import { findDynamoDbLocal } from './dynamodb/dynamodb-local.js';
import { findS3Server } from './s3.js';
import { findTemporalCli } from './temporal/temporal-cli.js';
import { findTimeSkippingServer } from './temporal/time-skipping.js';

const options = { log: (message: string) => void process.stderr.write(`${message}\n`) };
await Promise.all([findTemporalCli(options), fetchByMaven()]);

/** One after the other, because Maven's local repository is not made for concurrent writers. */
async function fetchByMaven(): Promise<void> {
  await findDynamoDbLocal(options);
  await findTimeSkippingServer(options);
  await findS3Server(options);
}
