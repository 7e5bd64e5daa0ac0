import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { WORKER_ENVIRONMENT, WORKER_NODE_ARGUMENTS } from '../../../cli/small-heap.js';

it('npm run worker uses the same memory settings as npm start', () => {
  const { scripts } = JSON.parse(
    readFileSync(resolve(import.meta.dirname, '../../../package.json'), 'utf8'),
  ) as { scripts: Record<string, string> };
  const environment = Object.entries(WORKER_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  expect(scripts['worker']?.split(' ')).toEqual([
    ...['exec', 'env', ...environment],
    ...['node', ...WORKER_NODE_ARGUMENTS, 'dist/processes/worker.js'],
  ]);
});
