import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageReport } from '../../deploy/aws/report/package.js';
import { type TestDatabase, testDatabase } from '../support/servers.js';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');

let database: TestDatabase;
let folder: string;
const told: string[] = [];
let slackStatus = 200;
const slack = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    told.push(Buffer.concat(chunks).toString());
    response.writeHead(slackStatus).end(slackStatus === 200 ? 'ok' : 'no_service');
  });
});

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'carryover-lambda-'));
  for (const server of [slack, secretsManager])
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  secrets.set(DATABASE_SECRET, database.url).set(SLACK_SECRET, webhook());
  const { path } = await packageReport({ root: ROOT, target: join(folder, 'report.zip') });
  const files = unzipSync(await readFile(path));
  await writeFile(join(folder, 'handler.js'), files['handler.js']!);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    WITH a AS (INSERT INTO accounts (source_id, name) VALUES ('acc_1', 'Lakeside Dental') RETURNING id),
      b AS (INSERT INTO brands (account_id, source_id, name) SELECT id, 'br_1', 'Lakeside' FROM a RETURNING id)
    INSERT INTO quarantined_records (account_source_id, brand_id, source_table, source_key, source_key_hash, range_key, identity, reason, raw)
    SELECT 'acc_1', b.id, 'messages', 'thr_1/k' || n, 'h' || n, 'k', 'i' || n, 'attribute "kind" is missing', '{"body": {"S": "secret"}}'
    FROM b, generate_series(1, 25) n`);
  await client.end();
});
afterAll(async () => {
  slack.close();
  secretsManager.close();
  await rm(folder, { recursive: true, force: true });
  await database.drop();
});

const DATABASE_SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:carryover/store-AbCdEf';
const SLACK_SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:carryover/slack-GhIjKl';
const secrets = new Map<string, string>();
/** Secrets Manager's protocol, as much of it as is needed. */
const secretsManager = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { SecretId: id } = JSON.parse(Buffer.concat(chunks).toString()) as { SecretId: string };
    const text = secrets.get(id);
    const isAsked = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    const answer =
      isAsked && text !== undefined ? { ARN: id, SecretString: text } : { __type: 'AccessDeniedException' };
    response.writeHead('SecretString' in answer ? 200 : 400, {
      'content-type': 'application/x-amz-json-1.1',
    });
    response.end(JSON.stringify(answer));
  });
});

/** The packaged code alone, as Lambda runs it: in a folder without anything else. */
async function invoke(environment: Record<string, string>) {
  const script = `require('./handler.js').handler().then((answer) => console.log('ANSWER', JSON.stringify(answer)))`;
  const env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(secretsManager.address() as AddressInfo).port}`,
    ...environment,
  };
  const { stdout } = await run(process.execPath, ['-e', script], { cwd: folder, env });
  const lines = stdout.trim().split('\n');
  return {
    answer: JSON.parse(lines.at(-1)?.replace('ANSWER ', '') ?? '') as unknown,
    metrics: lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

const webhook = () => `http://127.0.0.1:${(slack.address() as AddressInfo).port}/services/T/B/x`;

describe('the packaged report function', () => {
  it('writes a metric for each kind and posts to Slack, without personal data', async () => {
    const ran = await invoke({
      DATABASE_URL_SECRET: DATABASE_SECRET,
      REPORT_SLACK_WEBHOOK_URL_SECRET: SLACK_SECRET,
    });
    expect(ran.answer).toEqual({ things: 25 });
    expect(Object.fromEntries(ran.metrics.map((line) => [line['Kind'], line['NeedsAPerson']]))).toEqual({
      brand: 0,
      'recent-messages': 0,
      'remaining-messages': 0,
      attachments: 0,
      porting: 0,
      quarantine: 25,
      verification: 0,
      following: 0,
      stalled: 0,
      'refused-messages': 0,
    });
    expect(ran.metrics[0]).toMatchObject({
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: 'Carryover',
            Dimensions: [['Kind']],
            Metrics: [{ Name: 'NeedsAPerson', Unit: 'Count' }],
          },
        ],
      },
    });
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('Quarantined records: 25');
    expect(told[0]).toContain('acc_1: 25 message records: attribute \\"kind\\" is missing');
    expect(told[0]).toMatch(/carryover quarantine retry acc_1 --group [0-9a-f]{12}`/);
    expect(told[0]).not.toMatch(/secret|Lakeside/);
  });

  it('works without Slack, fails if Slack refuses, and reports a missing variable', async () => {
    const alone = await invoke({ DATABASE_URL_SECRET: DATABASE_SECRET, REPORT_SLACK_WEBHOOK_URL_SECRET: '' });
    expect(alone.answer).toEqual({ things: 25 });
    slackStatus = 404;
    await expect(
      invoke({ DATABASE_URL_SECRET: DATABASE_SECRET, REPORT_SLACK_WEBHOOK_URL_SECRET: SLACK_SECRET }),
    ).rejects.toMatchObject({
      stderr: expect.stringContaining('Slack refused the report (404, no_service)'),
    });
    await expect(invoke({})).rejects.toMatchObject({
      stderr: expect.stringContaining('DATABASE_URL_SECRET is missing'),
    });
  });

  it('reads its secrets in each run, and names one that it cannot read', async () => {
    const elsewhere = DATABASE_SECRET.replace('store', 'other');
    await expect(invoke({ DATABASE_URL_SECRET: elsewhere })).rejects.toMatchObject({
      stderr: expect.stringContaining(`The secret ${elsewhere} cannot be read: AccessDeniedException.`),
    });
    secrets.set(elsewhere, database.url);
    expect((await invoke({ DATABASE_URL_SECRET: elsewhere })).answer).toEqual({ things: 25 });
  });
});

describe('the template', () => {
  async function readTemplate() {
    const text = await readFile(join(ROOT, 'deploy/aws/template.yaml'), 'utf8');
    const { Resources } = parse(text, { logLevel: 'silent' }) as {
      Resources: Record<string, { Properties: Record<string, unknown> }>;
    };
    return { text, function: Resources['Report']?.Properties };
  }

  it('runs the packaged handler on a schedule', async () => {
    expect((await readTemplate()).function).toMatchObject({
      CodeUri: '../../dist/aws/report.zip',
      Handler: 'handler.handler',
      Runtime: 'nodejs22.x',
      Events: { Daily: { Type: 'ScheduleV2' } },
    });
  });

  it('contains no secret, and lets the function read only its two', async () => {
    const template = await readTemplate();
    expect(template.text).not.toContain('{{resolve:');
    expect(template.function).toMatchObject({
      Environment: {
        Variables: {
          DATABASE_URL_SECRET: 'DatabaseUrlSecret',
          REPORT_SLACK_WEBHOOK_URL_SECRET: 'SlackWebhookSecret',
        },
      },
      Policies: [
        {
          Statement: [
            {
              Effect: 'Allow',
              Action: 'secretsmanager:GetSecretValue',
              Resource: ['DatabaseUrlSecret', ['HasSlack', 'SlackWebhookSecret', 'AWS::NoValue']],
            },
          ],
        },
      ],
    });
  });
});
