import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const MOST_BYTES = 5 * 1_024;
const FUNCTIONS = ['CarryoverError', 'createClient', 'isUsable'];

let consumer: string;
let packed: string;

/** A project that has installed what `npm pack` makes of the built client. */
beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), 'carryover-consumer-'));
  packed = join(consumer, 'node_modules/@carryover/client');
  await mkdir(packed, { recursive: true });
  const built = join(ROOT, 'dist/client');
  const { stdout } = await execa('npm', ['pack', built, '--json', '--pack-destination', consumer], {
    cwd: consumer,
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await execa('tar', ['-xzf', join(consumer, filename), '-C', packed, '--strip-components=1']);
  await mkdir(join(consumer, 'node_modules/@types'));
  for (const name of ['react', '@types/react', 'csstype'])
    await symlink(join(ROOT, 'node_modules', name), join(consumer, 'node_modules', name));
});
afterAll(() => rm(consumer, { recursive: true, force: true }));

const node = (...args: string[]) => execa('node', args, { cwd: consumer });

describe('The packed client', () => {
  test.each(['esm', 'cjs'])(
    'has less than 5 KB compressed as %s, with the hook for React',
    async (format) => {
      const sizes = await Promise.all(
        ['index.js', 'react.js'].map(
          async (file) => gzipSync(await readFile(join(packed, format, file))).length,
        ),
      );
      expect(sizes.every((size) => size > 100)).toBe(true);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES);
    },
  );

  test('has its code, its types and its papers, and depends on nothing', async () => {
    const { dependencies, peerDependencies } = JSON.parse(
      await readFile(join(packed, 'package.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect(dependencies).toBeUndefined();
    expect(peerDependencies).toEqual({ react: '>=18' });
    expect((await readdir(packed)).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'cjs',
      'esm',
      'package.json',
    ]);
    for (const format of ['esm', 'cjs']) {
      const code = await readFile(join(packed, format, 'index.js'), 'utf8');
      expect(code).not.toMatch(/\brequire\(|\bimport\s*[({"']|\bfrom\s*["']/);
    }
  });

  test('is imported as an ES module', async () => {
    const code = `
      import * as client from '@carryover/client';
      import * as react from '@carryover/client/react';
      console.log(JSON.stringify([Object.keys(client), Object.keys(react)]));`;
    const { stdout } = await node('--input-type=module', '--eval', code);
    expect(JSON.parse(stdout)).toEqual([FUNCTIONS, ['useMigration']]);
  });

  test('is required as CommonJS', async () => {
    const code = `
      const client = require('@carryover/client');
      const react = require('@carryover/client/react');
      console.log(JSON.stringify([Object.keys(client).sort(), Object.keys(react)]));`;
    // Newer Nodes can require ES modules, too.
    const { stdout } = await node('--input-type=commonjs', '--eval', code);
    expect(JSON.parse(stdout)).toEqual([FUNCTIONS, ['useMigration']]);
  });
});

const GOOD = `
import { createClient, type AccountStatus, type CarryoverError, isUsable } from '@carryover/client';
import { useMigration } from '@carryover/client/react';

const client = createClient({ baseUrl: 'https://carryover.example', getToken: async (refused) => refused ?? 'token' });

export async function follow(signal: AbortSignal): Promise<AccountStatus> {
  try {
    const { status } = await client.migrate('acc_1', {
      signal,
      onStatus: ({ status, brands, channels }) => console.log(isUsable(status), brands['br_1'], channels['ch_1']),
    });
    return status;
  } catch (error) {
    const { code, operation, accountId, problem } = error as CarryoverError;
    throw new Error([code, operation, accountId, problem?.detail].join(' '));
  }
}

export function view(): string {
  const { status, error, retry } = useMigration(client, undefined);
  return status?.status ?? String(error ?? retry);
}
`;

describe('A consumer in TypeScript', () => {
  const MISTAKES = [
    ["const word: AccountStatus = 'finished';", 'TS2322'],
    ["createClient({ baseUrl: 'https://carryover.example' });", 'TS2741'],
    ['void client.migrate(1);', 'TS2345'],
  ] as const;

  test.each(['mts', 'cts'])('of a .%s file is checked against the client’s types', async (extension) => {
    await mkdir(join(consumer, extension), { recursive: true });
    const check = async (name: string, source: string) => {
      const project = {
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          module: 'nodenext',
          target: 'es2022',
          lib: ['es2022', 'dom'],
          types: [],
          noEmit: true,
        },
        files: [`${name}.${extension}`],
      };
      await writeFile(join(consumer, extension, `${name}.${extension}`), source);
      const config = join(consumer, extension, `${name}.json`);
      await writeFile(config, JSON.stringify(project));
      return (await execa(join(ROOT, 'node_modules/.bin/tsc'), ['-p', config], { reject: false })).stdout;
    };
    expect(await check('good', GOOD)).toBe('');
    for (const [index, [mistake, code]] of MISTAKES.entries())
      expect(await check(`mistake${index}`, GOOD + mistake)).toContain(code);
  });
});
