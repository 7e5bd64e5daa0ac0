import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Connection } from '@temporalio/client';
import { execa } from 'execa';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isAlive } from '../../dev/servers/processes.js';
import {
  closedFolder,
  runStackCommand,
  serversOf,
  untilGone,
  untilUp,
  type StackCommand,
} from '../support/stack-command.js';

const NAMES = [
  'DATABASE_URL',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_UI_URL',
  'DYNAMODB_ENDPOINT',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
];

let folder: Awaited<ReturnType<typeof closedFolder>>;
let dataDir: string;
const started: StackCommand[] = [];

beforeAll(async () => {
  folder = await closedFolder();
  dataDir = join(folder.path, 'deep', 'data');
});
// Whatever the tests find, their stacks do not outlive them; the folder goes once nothing writes there any more.
afterAll(async () => {
  for (const { child } of started) child.kill('SIGTERM');
  await Promise.all(started.map(({ status }) => status));
  await folder.remove(dataDir);
});

function runStack(args: string[], options?: { ipc: boolean }): StackCommand {
  const command = runStackCommand(args, options);
  started.push(command);
  return command;
}

async function query(url: string | undefined, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Each start takes seconds: a stack serves several tests, until the last of them ends it in its own way. */
describe('npm run stack', () => {
  const file = (name: string): string => join(folder.path, `${name}.env`);
  let one: StackCommand;
  let env: Record<string, string>;
  let other: StackCommand;
  let otherEnv: Record<string, string>;
  let again: StackCommand;

  it('writes all eight addresses atomically, none of an earlier stack, once everything answers', async () => {
    writeFileSync(file('one'), 'DATABASE_URL=of-an-earlier-stack\n');
    one = runStack(['--write-env', file('one'), '--data', dataDir]);
    other = runStack(['--write-env', file('other'), '--kind', 'onboarding']);
    await vi.waitUntil(
      () => !existsSync(file('one')) || !readFileSync(file('one'), 'utf8').includes('earlier'),
      { interval: 5 },
    );
    env = await untilUp(one, file('one'));

    expect(Object.keys(env)).toEqual(NAMES);
    const migrations = 'SELECT count(*)::int AS count FROM _prisma_migrations WHERE finished_at IS NOT NULL';
    expect(await query(env['DATABASE_URL'], migrations)).not.toEqual([{ count: 0 }]);
    expect((await fetch(env['TEMPORAL_UI_URL'] ?? '')).status).toBe(200);
    // dynalite says that it is well, DynamoDB Local that a bare GET is no request.
    expect([200, 400]).toContain((await fetch(env['DYNAMODB_ENDPOINT'] ?? '')).status);
    const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    await connection.close();
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(['Kind', 'AccountId', 'BrandId', 'Phase', 'Paused']),
    );
  });

  it('runs beside another stack, and refuses a data folder that one is using', async () => {
    otherEnv = await untilUp(other, file('other'));
    expect(Object.keys(otherEnv)).toEqual([...NAMES, 'ONBOARDING_DATABASE_URL', 'ONBOARDING_REDIS_URL']);
    expect(await query(otherEnv['ONBOARDING_DATABASE_URL'], 'SELECT FROM users')).toEqual([]);
    for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_UI_URL', 'DYNAMODB_ENDPOINT']) {
      expect(env[name]).not.toBe(otherEnv[name]);
    }

    const intruder = runStack(['--data', dataDir]);
    expect(await intruder.status).toBe(1);
    expect(intruder.said()).toContain(`in use by a running stack (process ${one.child.pid})`);
    expect(await query(env['DATABASE_URL'], 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('leaves no server and no temporary folder behind when it is killed', async () => {
    const [place] = await query(otherEnv['DATABASE_URL'], 'SHOW data_directory');
    const own = dirname(dirname((place as { data_directory: string }).data_directory));
    const servers = serversOf(own);
    other.child.kill('SIGKILL');
    await untilGone(servers);
    await expect.poll(() => existsSync(own)).toBe(false);
  });

  it('ends every server on SIGTERM, with status 0, however often it is asked', async () => {
    const servers = serversOf(dataDir);
    expect(servers.map((server) => server.name).toSorted()).toHaveLength(3);

    one.child.kill('SIGTERM');
    one.child.kill('SIGINT');
    one.child.kill('SIGTERM');

    expect(await one.status).toBe(0);
    expect(servers.filter(isAlive)).toEqual([]);
  });

  it('keeps data and ports when it is killed and restarted, and leaves no server behind', async () => {
    const killed = runStack(['--write-env', file('killed'), '--data', dataDir]);
    const before = await untilUp(killed, file('killed'));
    await query(before['DATABASE_URL'], 'CREATE TABLE kept AS SELECT 42 AS answer');
    const leftovers = serversOf(dataDir);
    killed.child.kill('SIGKILL');
    await killed.status;

    again = runStack(['--write-env', file('again'), '--data', dataDir], { ipc: true });
    const after = await untilUp(again, file('again'));

    expect(after).toEqual(before);
    expect(await query(after['DATABASE_URL'], 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(leftovers.filter(isAlive)).toEqual([]);
  });

  it('ends when its parent has ended, even during its start', async () => {
    const servers = serversOf(dataDir);
    again.child.disconnect();
    expect(await again.status).toBe(0);
    expect(servers.filter(isAlive)).toEqual([]);

    const early = runStack(['--data', dataDir], { ipc: true });
    early.child.disconnect();
    expect(await early.status).toBe(0);
  });

  it('exits with 1 and names the server when one dies', async () => {
    const stack = runStack(['--write-env', file('dying'), '--data', dataDir]);
    await untilUp(stack, file('dying'));
    const servers = serversOf(dataDir);
    const postgres = servers.find((server) => server.name === 'PostgreSQL');
    process.kill(postgres?.pid ?? 0, 'SIGKILL');

    expect(await stack.status).toBe(1);
    expect(stack.said()).toContain('PostgreSQL died');
    expect(servers.filter(isAlive)).toEqual([]);
  });

  it('reports a wrong option and exits with 78 before it starts anything', async () => {
    const nowhere = join(folder.path, 'nowhere', 'stack.env');
    const untouched = join(folder.path, 'untouched');
    const wrong = await Promise.all(
      [['--nope'], ['--write-env', nowhere]].map((args) =>
        execa('node', ['dist/processes/stack.js', ...args, '--data', untouched], { reject: false }),
      ),
    );
    expect(wrong.map((result) => result.exitCode)).toEqual([78, 78]);
    expect(wrong[0]?.stderr).toContain('--nope');
    expect(wrong[1]?.stderr).toContain(nowhere);
    expect(existsSync(untouched)).toBe(false);
  });
});
