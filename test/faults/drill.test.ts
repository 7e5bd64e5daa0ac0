import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Fault } from '../../cli/drill/fault.js';
import { FAULTS } from '../../cli/drill/faults/table.js';
import { FAULT_NAMES } from '../../cli/drill/names.js';
import type { Drilled } from '../../cli/drill/drilled.js';
import { drill } from '../../cli/drill/run.js';
import { Printer } from '../../cli/engine/terminal/output.js';
import { identify } from '../../dev/servers/processes.js';
import { systemClock } from '../../gateways/clock.js';

const PROGRAMS = resolve(import.meta.dirname, '../../dist/processes');

/** Everything that the operator's variables name. */
let visits = 0;
const operators = createServer((socket) => {
  visits += 1;
  socket.destroy();
});
let environment: Record<string, string>;

beforeAll(async () => {
  await new Promise<void>((listening) => operators.listen(0, '127.0.0.1', listening));
  const host = `127.0.0.1:${(operators.address() as AddressInfo).port}`;
  const http = `http://${host}`;
  environment = {
    ...{ RECENT_DAYS: '7', STORE_COMMIT_BUDGET_MS: '200', PORT: '80', LOG_LEVEL: 'silent' },
    ...{ DATABASE_URL: `postgresql://o@${host}/real`, DYNAMODB_ENDPOINT: http, AWS_ENDPOINT_URL: http },
    ...{
      TEMPORAL_ADDRESS: host,
      TEMPORAL_NAMESPACE: 'real',
      CARRIER_API_URL: http,
      CONVERSATIONS_API_URL: http,
    },
    ...{ CARRYOVER_WEBHOOK_URL: http, REPORT_SLACK_WEBHOOK_URL: http, OTEL_EXPORTER_OTLP_ENDPOINT: http },
    PAYLOAD_ENCRYPTION_KEY: `real:${Buffer.alloc(32, 'k').toString('base64')}`,
  };
});
afterAll(async () => {
  await new Promise((closed) => operators.close(closed));
});

/** A message is lost, as if Carryover had lost it. */
const planted: Fault = {
  name: 'planted',
  title: 'Lose a message',
  account: { brands: 1, channels: 1, portedNumbers: 0, threads: 10, messages: 50 },
  async inject(scene) {
    scene.scratch.startWorker();
    await scene.begin();
    await scene.untilDone();
    await scene.scratch.store.query(
      `DELETE FROM messages WHERE source_id = (
         SELECT min(m.source_id) FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id
         JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1)`,
      [scene.account.accountId],
    );
    return 'lost a message';
  },
};

it('carryover drill passes each fault with the operator’s settings and nothing else of theirs, and fails where a message is lost', async () => {
  let out = '';
  const terminal = {
    out: { write: (text: string) => (out += text) },
    error: { write: () => undefined },
    environment,
    signal: new AbortController().signal,
    clock: systemClock,
  };
  const printer = new Printer('json', terminal);
  const status = await drill({}, { terminal, printer, faults: [...FAULTS, planted], programs: PROGRAMS });
  const { logs, faults, ...told } = JSON.parse(out) as { logs: string; faults: Drilled[] };
  try {
    const failed = faults.filter(({ passed }) => !passed);
    expect(failed).toMatchObject([
      {
        name: 'planted',
        problem: expect.stringMatching(/^The store differs from the source: .* of account acc_planted\.$/),
        next_step: expect.stringContaining('carryover drill --only planted'),
      },
    ]);
    expect(status).toBe(1);
    expect(told).toEqual({ passed: false, settings: { RECENT_DAYS: '7', STORE_COMMIT_BUDGET_MS: '200' } });
    const passed = faults.filter((each) => each.passed);
    expect(passed.map(({ name }) => name)).toEqual(FAULT_NAMES);
    for (const { seen } of passed) expect(seen).toContain('the store equals the source');
    const sentences = Object.fromEntries(passed.map(({ name, explained }) => [name, explained]));
    expect(sentences).toEqual({
      'kill-worker': expect.stringContaining('has given no sign of life since'),
      'lose-lease': expect.stringContaining('has given no sign of life since'),
      'cut-store': null,
      'throttle-source': expect.stringContaining('has throttled reads of'),
      'forge-callback': expect.stringContaining('have waited for the carrier'),
      'poison-record': null,
    });
    expect(await readFile(join(logs, 'logs/worker.log'), 'utf8')).toContain('"level"');
    expect(visits).toBe(0);
  } finally {
    await rm(logs, { recursive: true });
  }
}, 1_800_000);

it('Ctrl-C ends carryover drill with 130, and leaves no process and no file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drill-test-'));
  const running = execa(
    process.execPath,
    [join(PROGRAMS, 'carryover.js'), 'drill', '--only', 'forge-callback'],
    {
      ...{ reject: false, all: true },
      env: { ...environment, TMPDIR: folder, NO_COLOR: '1' },
    },
  );
  let printed = '';
  running.all.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await vi.waitUntil(() => printed.includes('why it waits') || running.exitCode !== null);
  expect(printed).toContain('A scratch copy on this machine, with your settings (RECENT_DAYS=7, ');
  const started = await readFile(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8');
  const children = started.trim().split(' ').map(Number);
  expect(children.length).toBeGreaterThan(5);
  running.kill('SIGINT');
  expect((await running).exitCode, printed).toBe(130);
  await vi.waitUntil(() => children.every((pid) => identify(pid) === undefined));
  expect((await readdir(folder)).filter((name) => name.startsWith('carryover-'))).toEqual([]);
  expect(visits).toBe(0);
  await rm(folder, { recursive: true });
});
