import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LifeCut, makeCuttable, startedWorkflows } from './cuts.js';
import { Journal } from './journal.js';
import { Life, openServers, type Servers } from './lives.js';
import { wholeLife } from './whole-life.js';

/** Far more than there are points. */
const MOST_LIVES = 500;

let servers: Servers;
let undo: () => void;
beforeAll(async () => {
  undo = makeCuttable();
  servers = await openServers();
});
afterAll(async () => {
  undo?.();
  await servers?.close();
});

/** An account's whole life, in as many processes as it takes: one dies at each point where none has died. Returns the points. */
async function dieEverywhere(kind: 'before' | 'after'): Promise<string[]> {
  const points = new Set<string>();
  startedWorkflows.clear();
  const account = await servers.account();
  const journal = new Journal();
  while (points.size < MOST_LIVES) {
    const cut = new LifeCut((point) => point.startsWith(kind) && !points.has(point));
    const life = await cut.run(async () => new Life(servers));
    const ended = cut.run(() => wholeLife(journal.nextRun(life), account, servers));
    const point = await Promise.race([cut.died, ended.then(() => undefined)]);
    if (point === undefined) {
      await life.close();
      return [...points];
    }
    points.add(point);
    ended.catch(() => undefined);
    await life.drop();
    cut.bury();
    await life.close();
    journal.died();
  }
  throw new Error(`${MOST_LIVES} have died: ${[...points].join(', ')}`);
}

describe('wherever a process dies, the next one continues, and the store equals the source in the end', () => {
  it.each(['before', 'after'] as const)(
    'right %s each named transaction, each write and each call',
    async (kind) => {
      const points = await dieEverywhere(kind);
      console.log(`${points.length} points, ${points.join(', ')}`);
      expect(points.length).toBeGreaterThan(70);
    },
  );
});
