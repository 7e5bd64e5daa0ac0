import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { cached } from './cached.js';
import { copyWithDependencies } from './maven.js';
import { choosePort } from './ports.js';

export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
  /** A client with the server's credentials, to inspect the bucket. */
  readonly client: S3Client;
  readonly bucket: string;
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
const BUCKET = 'attachments';

/** Starts S3Proxy, a real S3 server over a folder, as a process on loopback. Maven fetches it once; then it is cached. */
export async function startS3Server(): Promise<S3Server> {
  const program = await cached(`s3proxy-${ARTIFACT.version}`, obtain, { log });
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
  const client = new S3Client({ endpoint, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });
  const stop = async (): Promise<void> => {
    client.destroy();
    server.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await createBucket(client, () => server.exitCode);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, region: REGION, credentials: CREDENTIALS, client, bucket: BUCKET, stop };
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
async function createBucket(client: S3Client, exitCode: () => number | null): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
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
