import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VIEW } from './pure/progress-sample.js';

const PROGRAM = fileURLToPath(new URL('../../dist/processes/carryover.js', import.meta.url));

/** An API that knows one migration. */
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    const list = { migrations: [], next_cursor: null };
    response.end(JSON.stringify(url.endsWith(VIEW.account_id) ? VIEW : list));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

interface Loaded {
  readonly files: number;
  readonly kilobytes: number;
  /** The packages whose code is in the loaded files. */
  readonly packages: string[];
}

/** What the program as it is shipped loads for a command, by V8's own account. */
async function loadedFor(...args: string[]): Promise<Loaded> {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-loaded-'));
  try {
    await promisify(execFile)(process.execPath, [PROGRAM, ...args], {
      env: { CARRYOVER_URL: url, CARRYOVER_TOKEN: 'none', NODE_V8_COVERAGE: folder },
    });
    const [report = ''] = await readdir(folder);
    const { result } = JSON.parse(await readFile(join(folder, report), 'utf8')) as {
      result: { url: string }[];
    };
    const paths = result.map((each) => each.url).filter((each) => each.startsWith('file:'));
    const texts = await Promise.all(paths.map((path) => readFile(fileURLToPath(path), 'utf8')));
    const bundled = JSON.parse(await readFile(join(PROGRAM, '..', 'packages.json'), 'utf8')) as Record<
      string,
      string[]
    >;
    const packages = paths.flatMap((path) => {
      const [, unbundled] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
      return unbundled ?? bundled[basename(path)] ?? [];
    });
    return {
      files: paths.length,
      kilobytes: Math.ceil(Buffer.byteLength(texts.join('')) / 1_024),
      packages: [...new Set(packages)].sort(),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What measures how wide a text is on a terminal. */
const WIDTHS = ['ansi-regex', 'emoji-regex', 'get-east-asian-width', 'string-width', 'strip-ansi'];

it.each([
  [['--version'], []],
  [['status', '--help'], []],
  [['list'], ['picocolors']],
  [['status', VIEW.account_id], ['picocolors']],
])('%j loads a few small files, and only the packages that it needs', async (args, packages) => {
  const loaded = await loadedFor(...args);
  expect(loaded.packages).toEqual(['commander', ...WIDTHS, ...packages].sort());
  expect(loaded.files).toBeLessThanOrEqual(45);
  expect(loaded.kilobytes).toBeLessThanOrEqual(240);
});
