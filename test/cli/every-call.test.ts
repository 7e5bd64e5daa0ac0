import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCarryover } from '../../cli/engine/program.js';
import { callsOf, type CliKind, type Steering, STEERINGS } from '../../cli/engine/kind.js';
import { CLI_KINDS } from '../../cli/kinds.js';
import { systemClock } from '../../gateways/clock.js';
import { apiWorld, type World } from '../api/world.js';
import { VIEW } from './pure/progress-sample.js';

/** The calls that no command makes, and why. */
const NOT_FOR_OPERATORS: Readonly<Record<string, string>> = {
  'GET /healthz': 'for load balancers',
  'GET /metrics': 'for Prometheus',
  'GET /v2/check-migration-status': 'for apps; "status" tells more',
  'POST /v2/porting-callbacks': 'for the carrier',
  'GET /session': "for the dashboard's pages",
  'POST /session': "for the dashboard's pages",
  'DELETE /session': "for the dashboard's pages",
  'GET /v2/events': 'for the dashboard\'s lists; "watch" follows one migration',
  'GET /v2/kinds/{kind}/migrations/{key}/row': "for the dashboard's lists",
  'GET /v2/kinds/inbox/sources': 'for the dashboard\'s steps; "inbox" makes moves with Chatwoot\'s own calls',
  'GET /v2/kinds/inbox/sources/{key}/destinations': 'the same',
  'GET /v2/kinds/inbox/sources/{key}/preview': 'the same: "inbox preview"',
  'POST /v2/kinds/inbox/sources/{key}/moves': 'the same: "inbox migrate"',
  'POST /v2/kinds/inbox/sources/{key}/moves/{id}/reverse': 'the same: "inbox reverse"',
  'GET /v2/migrations/{account_id}/certificate/status':
    'asked about a certificate on disk: verification.test.ts',
  'GET /v2/kinds/{kind}/migrations/{key}/certificate/status': 'the same for other kinds',
};

/** Commands that start servers of their own and call no API; their own tests run them. */
const NEEDS_NO_API: ReadonlySet<string> = new Set(['drill']);

/** A second kind, with every call that a kind can have. */
const { addCommands: _own, ...conversations } = CLI_KINDS.conversations;
const OTHER: CliKind = {
  ...conversations,
  name: 'other',
  calls: callsOf('other', Object.keys(STEERINGS) as Steering[]),
};

let world: World;
let server: Server;
let folder: string;
let asked: Set<string>;
let interrupted: AbortController;
beforeAll(async () => {
  world = await apiWorld();
  folder = await mkdtemp(join(tmpdir(), 'carryover-calls-'));
  await mkdir(join(folder, 'carryover'));
  // The profile of the examples.
  const profile = '[profiles.staging]\nurl = "https://carryover.staging.example"\n';
  await writeFile(join(folder, 'carryover', 'config.toml'), profile, { mode: 0o600 });
  server = createServer(({ method, url = '' }, response) => {
    const path = url.split('?', 1)[0] ?? '';
    asked.add(`${method} ${path}`);
    // A migration is there to be watched; everything else is refused.
    if (path.endsWith('/events')) interrupted.abort();
    const isMigration = method === 'GET' && /\/migrations\/[^/]+$/.test(path);
    const kinds = Object.keys(KINDS).map((kind) => ({ kind, name: kind, units: '', phases: [] }));
    const answer = path === '/v2/kinds' ? { kinds } : isMigration ? RUNNING : { detail: 'There is none.' };
    response.writeHead('detail' in answer ? 404 : 200).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server?.close();
  await world?.close();
  await rm(folder, { recursive: true });
});

const KINDS = { ...CLI_KINDS, other: OTHER };
const RUNNING = { ...VIEW, failure: null, brands: [], migration_status: 'migrating', status: 'running' };

async function run(args: readonly string[]) {
  const ran = { out: '', error: '' };
  interrupted = new AbortController();
  const terminal = {
    input: Readable.from(['a-token']),
    out: { write: (text: string) => void (ran.out += text) },
    error: { write: (text: string) => void (ran.error += text) },
    environment: {
      CARRYOVER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      CARRYOVER_TOKEN: 'none',
      XDG_CONFIG_HOME: folder,
    },
    signal: interrupted.signal,
    clock: systemClock,
  };
  const status = await runCarryover(args, terminal, KINDS);
  return { status, ...ran };
}

/** The paths of all commands that do something, by their help. */
async function commands(path: readonly string[] = []): Promise<string[][]> {
  const { out } = await run([...path, '--help']);
  const [, listed = ''] = /\nCommands:\n((?: {2}.*\n?)*)/.exec(out) ?? [];
  const names = [...listed.matchAll(/^ {2}([a-z]\S*)/gm)].map(([, name]) => name!);
  if (names.length === 0) return [[...path]];
  const below = [];
  for (const name of names) below.push(...(await commands([...path, name])));
  return below;
}

async function examplesOf(path: readonly string[]): Promise<string[][]> {
  const { out } = await run([...path, '--help']);
  const [, lines = ''] = /\nExamples:\n((?: {2}.*\n?)*)/.exec(out) ?? [];
  return lines
    .split('\n')
    .map((line) => line.trim().replace(/ {3,}.*| [<>] .*$| && .*/g, ''))
    .filter((line) => line.startsWith('carryover '))
    .map((line) =>
      [...line.matchAll(/'([^']*)'|(\S+)/g)].slice(1).map(([, quoted, word]) => quoted ?? word!),
    );
}

it('every command has examples that it understands, and together they make every call of the API', async () => {
  asked = new Set();
  const wrong: unknown[] = [];
  for (const path of await commands()) {
    const examples = await examplesOf(path);
    if (examples.length === 0) wrong.push({ path, problem: 'has no examples' });
    if (NEEDS_NO_API.has(path[0] ?? '')) continue;
    for (const example of examples) {
      // A call of its own kind, and where there is one the same for another kind.
      const { status, error } = await run(example);
      if (status === 2 && !error.includes('To confirm, add --yes')) wrong.push({ example, error });
      if (/^ {4}at .*:\d+:\d+\)?$/m.test(error)) wrong.push({ example, error });
      await run([...example, '--kind', 'other']);
    }
  }
  expect(wrong).toEqual([]);
  const operations = Object.entries(world.document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const isAsked = (operation: string) => {
    const pattern = new RegExp(`^${operation.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    return [...asked].some((call) => pattern.test(call));
  };
  const missing = operations.filter((operation) => !isAsked(operation) && !(operation in NOT_FOR_OPERATORS));
  expect(missing).toEqual([]);
  // An exception is obsolete if a command makes the call or the API no longer has it.
  expect(
    Object.keys(NOT_FOR_OPERATORS).filter((each) => !operations.includes(each) || isAsked(each)),
  ).toEqual([]);
});
