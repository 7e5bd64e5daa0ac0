import { afterAll, beforeAll, inject } from 'vitest';
import { createBucket, type S3Address, type S3Bucket } from '../../dev/servers/s3.js';
import { type Dumps, openDumps } from '../../gateways/dumps/client.js';

/** The first time on a machine the server is fetched. */
const LONGEST_START_MS = 600_000;

/** A bucket for the tests of a file, on the S3 server of the run. */
export function forBucket(use: (bucket: S3Bucket) => void): void {
  let bucket: S3Bucket | undefined;
  beforeAll(async () => {
    const answer = await fetch(inject('s3Server'));
    if (!answer.ok) throw new Error(await answer.text());
    bucket = await createBucket((await answer.json()) as S3Address);
    use(bucket);
  }, LONGEST_START_MS);
  afterAll(() => bucket?.client.destroy());
}

/** A bucket for dumps, and the client that reads dumps from it. */
export function forDumps(use: (bucket: S3Bucket, dumps: Dumps) => void): void {
  let dumps: Dumps | undefined;
  forBucket((bucket) => {
    dumps = openDumps(bucket);
    use(bucket, dumps);
  });
  afterAll(() => dumps?.close());
}
