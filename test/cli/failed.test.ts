import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCarryover } from '../../cli/engine/program.js';
import { apiWorld, meet, tokenFor, type World } from '../api/world.js';
import { systemClock } from '../../gateways/clock.js';

let world: World;
let url: string;
let token: string;
const posted: string[] = [];
const slack = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    posted.push(Buffer.concat(chunks).toString());
    response.end('ok');
  });
});

beforeAll(async () => {
  world = await apiWorld({ resetAllowed: true });
  url = await world.app.listen({ host: '127.0.0.1', port: 0 });
  token = await tokenFor('admin');
  await new Promise<void>((listening) => slack.listen(0, '127.0.0.1', listening));
  await meet(world, 'acc_1', { brand: 'br_1', sms: 'ch_1', email: 'ch_2' });
});
afterAll(async () => {
  slack.close();
  await world.close();
});
beforeEach(async () => {
  await world.store.pool.query('DELETE FROM quarantined_records');
  await world.store.pool.query(
    `INSERT INTO quarantined_records (account_source_id, brand_id, source_table, source_key, source_key_hash, range_key,
       source_id, identity, reason, raw, phase)
     SELECT 'acc_1', b.id, 'messages', 'thr_1/key#' || n, 'h' || n, 'key#' || n, 'm' || n, 'i' || n,
       'attribute "direction" is missing', '{"body": {"S": "hello"}}', 'recent'
     FROM brands b, generate_series(1, 2) n`,
  );
});

async function carryover(args: string[], environment: Record<string, string> = {}) {
  const ran = { out: '', error: '' };
  const status = await runCarryover(args, {
    out: { write: (text) => void (ran.out += text) },
    error: { write: (text) => void (ran.error += text) },
    environment: { CARRYOVER_URL: url, CARRYOVER_TOKEN: token, ...environment },
    signal: new AbortController().signal,
    clock: systemClock,
  });
  return { status, ...ran };
}

const webhook = () => ({
  REPORT_SLACK_WEBHOOK_URL: `http://127.0.0.1:${(slack.address() as AddressInfo).port}/hook`,
});

describe('carryover quarantine', () => {
  it('lists what is there, and shows one by its key in its raw form', async () => {
    const listed = await carryover(['quarantine', 'list', 'acc_1', '--reason', 'direction']);
    expect(listed.status).toBe(0);
    expect(listed.out).toMatch(/^RECORD {2}TABLE/);
    expect(listed.out.trim().split('\n')).toHaveLength(3);
    const none = await carryover(['quarantine', 'list', 'acc_1', '--table', 'threads']);
    expect(none.out).toBe('No such record of acc_1 is quarantined.\n');
    const shown = await carryover(['quarantine', 'show', 'acc_1', 'thr_1/key#2']);
    expect(JSON.parse(shown.out)).toMatchObject({ source_id: 'm2', raw: { body: { S: 'hello' } } });
    expect((await carryover(['quarantine', 'show', 'acc_1', 'nothing'])).status).toBe(1);
  });

  it('reads records again: all, or the named ones', async () => {
    const all = await carryover(['quarantine', 'retry', 'acc_1']);
    expect(all).toMatchObject({
      status: 0,
      out: expect.stringContaining('All quarantined records of acc_1'),
    });
    const one = await carryover(['quarantine', 'retry', 'acc_1', 'thr_1/key#1']);
    expect(one.out).toContain('1 quarantined record of acc_1 is read');
  });

  it('shows groups with the command that fixes each, and takes the name of a group', async () => {
    const shown = await carryover(['quarantine', 'groups', 'acc_1']);
    expect(shown.out.split('\n')[0]).toMatch(/^GROUP +RECORDS +WAIVED +WHY/);
    expect(shown.out).toMatch(/2 message records +attribute "direction" is missing/);
    const [, group = ''] = /carryover quarantine retry acc_1 --group ([0-9a-f]{12})/.exec(shown.out) ?? [];
    const listed = await carryover(['quarantine', 'list', 'acc_1', '--group', group]);
    expect(listed.out.trim().split('\n')).toHaveLength(3);
    const retried = await carryover(['quarantine', 'retry', 'acc_1', '--group', group]);
    expect(retried.out).toContain('2 quarantined records of acc_1 are read');
    expect(retried.out).toContain('carryover quarantine groups acc_1');
  });

  it('waives records with a reason, and revokes that', async () => {
    const waive = (...more: string[]) => carryover(['quarantine', 'waive', 'acc_1', ...more]);
    expect((await waive('--reason', 'x')).status).toBe(2);
    expect(await waive('thr_1/key#1')).toMatchObject({
      status: 2,
      error: expect.stringContaining('--reason'),
    });
    expect((await waive('thr_1/key#1', '--reason', 'a test record')).out).toContain(
      '1 record of acc_1 waived',
    );
    const waived = await carryover(['quarantine', 'list', 'acc_1', '--waived']);
    expect(waived.out).toContain('somebody-admin: a test record');
    expect(waived.out.trim().split('\n')).toHaveLength(2);
    expect((await carryover(['quarantine', 'list', 'acc_1', '--open'])).out).not.toContain('a test record');
    expect((await carryover(['report'])).out).toContain('Waived, and not counted: 1 quarantined record.');
    expect((await carryover(['failures', 'acc_1', '--json'])).out).not.toContain('thr_1/key#1');
    expect((await carryover(['audit', 'acc_1'])).out).toContain('reason a test record');
    expect((await waive('thr_1/key#1', '--revoke')).out).toBe('1 record of acc_1: no longer waived.\n');
    expect((await carryover(['quarantine', 'list', 'acc_1', '--waived'])).out).toContain('No such record');
  });

  it('exports records as NDJSON, to a file that is complete or absent', async () => {
    const lines = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
    const plain = await carryover(['quarantine', 'export', 'acc_1']);
    expect(lines(plain.out)).toMatchObject([{ source_id: 'm1' }, { source_id: 'm2' }]);
    expect(plain.out).not.toContain('hello');
    const folder = await mkdtemp(join(tmpdir(), 'carryover-export-'));
    const file = join(folder, 'quarantine.ndjson');
    expect(await carryover(['quarantine', 'export', 'acc_1', '--raw', '--out', file])).toMatchObject({
      status: 0,
      out: `The quarantined records of acc_1 are in ${file}, with their contents.\n`,
    });
    expect(lines(await readFile(file, 'utf8'))).toMatchObject([{ raw: { body: { S: 'hello' } } }, {}]);
    expect((await carryover(['quarantine', 'export', 'acc_none', '--out', join(folder, 'no')])).status).toBe(
      1,
    );
    expect(await readdir(folder)).toEqual(['quarantine.ndjson']);
    await rm(folder, { recursive: true });
  });
});

describe('carryover failures', () => {
  it('lists what needs a person, of one account or of one kind, each with the command that fixes it', async () => {
    const all = await carryover(['failures', 'acc_1']);
    expect(all.out.split('\n')[0]).toMatch(/^ACCOUNT {2}WHAT .* TIMES {2}WHY .* COMMAND$/);
    expect(all.out.match(/carryover quarantine retry acc_1 \d+/g)).toHaveLength(2);
    const one = JSON.parse((await carryover(['failures', '--limit', '1', '--json'])).out) as unknown[];
    expect(one).toMatchObject([{ kind: 'quarantine', times: 1 }]);
    expect((await carryover(['failures', '--only', 'porting'])).out).toBe('Nothing needs a person.\n');
    expect((await carryover(['failures', '--only', 'weather'])).status).toBe(2);
  });
});

describe('carryover attachments retry', () => {
  it('says that none has failed and that waiting ones are fetched', async () => {
    const ran = await carryover(['attachments', 'retry', 'acc_1', '--brand', 'br_1']);
    const out = 'No selected attachment of acc_1 has failed; waiting ones are fetched.\n';
    expect(ran).toEqual({ status: 0, out, error: '' });
    const unknown = await carryover([
      'attachments',
      'retry',
      'acc_1',
      '--brand',
      'br_1',
      '--attachment',
      'a',
    ]);
    expect([unknown.status, unknown.error]).toEqual([1, expect.stringContaining('has no attachment with')]);
  });
});

describe('carryover report', () => {
  it('shows what needs a person as a table, as JSON and as Markdown', async () => {
    const table = await carryover(['report']);
    expect(table.out).toContain('Quarantined records: 2\nACCOUNT  WHAT');
    expect(table.out).toMatch(/carryover quarantine retry acc_1 --group [0-9a-f]{12}/);
    const json = await carryover(['report', '--output', 'json', '--since', '7d']);
    expect(JSON.parse(json.out)).toMatchObject({ counts: { quarantine: 2 }, since: expect.any(String) });
    const markdown = await carryover(['report', '--output', 'markdown']);
    expect(markdown.out).toContain('## Quarantined records: 2');
    expect((await carryover(['report', '--since', 'tomorrow'])).status).toBe(2);
  });

  it('sends it to Slack, and reports a missing webhook', async () => {
    expect((await carryover(['report', '--slack'], webhook())).status).toBe(0);
    expect(posted.at(-1)).toContain('Quarantined records: 2');
    const ran = await carryover(['report', '--slack']);
    expect([ran.status, ran.error]).toEqual([
      78,
      expect.stringContaining('REPORT_SLACK_WEBHOOK_URL is missing'),
    ]);
  });
});

describe('carryover reset', () => {
  it('asks for confirmation, then resets', async () => {
    const unsure = await carryover(['reset', 'acc_1']);
    expect([unsure.status, unsure.error]).toEqual([2, expect.stringContaining('--yes')]);
    const sure = await carryover(['reset', 'acc_1', '--yes']);
    expect(sure).toMatchObject({ status: 0, out: expect.stringContaining('acc_1 is being reset') });
  });
});
