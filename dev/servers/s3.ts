import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { cached, type FindOptions } from './cached.js';
import { copyWithDependencies } from './maven.js';
import { choosePort } from './ports.js';

/** What a client needs to reach the server. */
export interface S3Address {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
}

export interface S3Bucket extends S3Address {
  readonly bucket: string;
  /** A client with the server's credentials, to inspect the bucket. */
  readonly client: S3Client;
}

export interface S3Server extends S3Address {
  stop(): Promise<void>;
}

const ARTIFACT = { groupId: 'org.gaul', artifactId: 's3proxy', version: '4.1.1' };
/** The server's dependencies also want an older version, which Maven would choose and with which it does not start. */
const ANNOTATIONS = {
  groupId: 'com.fasterxml.jackson.core',
  artifactId: 'jackson-annotations',
  version: '2.21',
};
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
const REGION = 'us-east-1';

/** The folder of S3Proxy. Maven fetches it once; then it is cached. */
export function findS3Server(options: FindOptions): Promise<string> {
  return cached(`s3proxy-${ARTIFACT.version}`, obtain, options);
}

/** Starts S3Proxy, a real S3 server over a folder, as a process on loopback. */
export async function startS3Server(): Promise<S3Server> {
  const program = await findS3Server({ log });
  const folder = await mkdtemp(join(tmpdir(), 'carryover-s3-'));
  await mkdir(join(folder, 'data'));
  const endpoint = `http://127.0.0.1:${await choosePort()}`;
  const settings = join(folder, 's3proxy.conf');
  await writeFile(settings, settingsOf(endpoint, join(folder, 'data')));
  const java = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx256m', '-DLOG_LEVEL=warn'];
  const server = spawn(
    'java',
    [...java, '-cp', join(program, 'lib', '*'), 'org.gaul.s3proxy.Main', '--properties', settings],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(endpoint, () => server.exitCode);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, region: REGION, credentials: CREDENTIALS, stop };
}

/** An empty bucket; its client is the caller's to destroy. */
export async function createBucket(address: S3Address): Promise<S3Bucket> {
  const bucket = `bucket-${randomBytes(6).toString('hex')}`;
  const client = new S3Client({ ...address, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return { ...address, bucket, client };
}

function settingsOf(endpoint: string, data: string): string {
  return Object.entries({
    's3proxy.endpoint': endpoint,
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.identity': CREDENTIALS.accessKeyId,
    's3proxy.credential': CREDENTIALS.secretAccessKey,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.filesystem.basedir': data,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Waits for the server, which takes a second to start, or a minute beside a full load on all cores. */
async function untilReady(endpoint: string, exitCode: () => number | null): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      // A refusal is an answer too.
      await fetch(endpoint, { signal: AbortSignal.timeout(5_000) });
      return;
    } catch (error) {
      if (exitCode() !== null)
        throw new Error(`The S3 server ended with status ${exitCode()}.`, { cause: error });
      if (tries === 1_000) throw error;
      await sleep(100);
    }
  }
}

async function obtain(folder: string): Promise<void> {
  log('Fetching the S3 server with Maven. This happens once and takes about half a minute …');
  await copyWithDependencies(ARTIFACT, folder, undefined, [ANNOTATIONS]);
}

function log(message: string): void {
  process.stderr.write(`${message}\n`);
}
