import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { WORKER_ENVIRONMENT, WORKER_NODE_ARGUMENTS } from '../../../cli/small-heap.js';

const read = (file: string): string => readFileSync(resolve(import.meta.dirname, '../../..', file), 'utf8');

it('npm run worker uses the same memory settings as npm start', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const environment = Object.entries(WORKER_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  expect(scripts['worker']?.split(' ')).toEqual([
    ...['exec', 'env', ...environment],
    ...['node', ...WORKER_NODE_ARGUMENTS, 'dist/processes/worker.js'],
  ]);
});

it("the image's worker has them, too", () => {
  expect(/worker \] \|\| arguments=(.*)/.exec(read('deploy/docker/entry.sh'))?.[1]?.split(' ')).toEqual(
    WORKER_NODE_ARGUMENTS,
  );
  expect(read('Dockerfile').split(' ')).toEqual(
    expect.arrayContaining(Object.entries(WORKER_ENVIRONMENT).map(([name, value]) => expect.stringContaining(`${name}=${value}`))), // prettier-ignore
  );
});
