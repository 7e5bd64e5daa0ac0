import { chmod, copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { cached } from '../../dev/servers/cached.js';
import { findProgram } from '../../dev/servers/paths.js';
import { choosePort } from '../../dev/servers/ports.js';
import { lastLines, runTool } from '../../dev/servers/tools.js';

export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
  /** With the credentials, for looking at what is there. */
  readonly client: S3Client;
  readonly bucket: string;
  stop(): Promise<void>;
}

const VERSION = 'v1.8.0';
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
const REGION = 'us-east-1';
const BUCKET = 'attachments';

/** Versity's S3 gateway, a real S3 server over a folder, as a process of its own on loopback. Built with Go once, and cached. */
export async function startS3Server(): Promise<S3Server> {
  const program = join(await cached(`versitygw-${VERSION}`, build, { log }), 'versitygw');
  const folder = await mkdtemp(join(tmpdir(), 'carryover-s3-'));
  await Promise.all(['data', 'sidecar'].map((name) => mkdir(join(folder, name))));
  const port = await choosePort();
  const server = spawn(
    program,
    ['--port', `127.0.0.1:${port}`, 'posix', '--sidecar', join(folder, 'sidecar'), join(folder, 'data')],
    {
      stdio: 'ignore',
      env: { ROOT_ACCESS_KEY: CREDENTIALS.accessKeyId, ROOT_SECRET_KEY: CREDENTIALS.secretAccessKey },
    },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
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

async function createBucket(client: S3Client, exitCode: () => number | null): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
      return;
    } catch (error) {
      if (exitCode() !== null)
        throw new Error(`The S3 server ended with status ${exitCode()}.`, { cause: error });
      if (tries === 100) throw error;
      await sleep(100);
    }
  }
}

async function build(folder: string): Promise<void> {
  if (!findProgram('go'))
    throw new Error('The S3 server that this test runs against is built with Go: install Go.');
  log(`Building the S3 server ${VERSION} with Go. This happens once and takes about 2 minutes …`);
  const bin = join(folder, 'bin');
  const result = await runTool('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSION}`], {
    env: { GOBIN: bin },
    cwd: folder,
  });
  if (!result.ok || !(await readdir(bin)).includes('versitygw')) {
    throw new Error(`The S3 server could not be built with Go:\n${lastLines(result.output)}`);
  }
  await copyFile(join(bin, 'versitygw'), join(folder, 'versitygw'));
  await chmod(join(folder, 'versitygw'), 0o755);
  await rm(bin, { recursive: true });
}

function log(message: string): void {
  process.stderr.write(`${message}\n`);
}
