/**
 * Open dashboards, as a process: each reads and listens as the page does (`web/src/live`). Its argument is Watchers; it sends `open` to its parent
 * once all listen, and a WatchersResult on request.
 */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { scriptArgument } from '../world/child.js';

export interface Watchers {
  readonly url: string;
  readonly token: string;
  /** Dashboards that show the list. */
  readonly lists: number;
  /** Dashboards that show one of these migrations each. */
  readonly migrations: readonly string[];
}

export interface WatchersResult {
  readonly events: number;
  readonly answers: number;
}

/** As `web/src/migrations/live-pages.ts` and `web/src/migration/stream.ts` have them. */
const LIST_EVERY_MS = 2_000;
const MIGRATION_EVERY_MS = 2_000;

const { url, token, lists, migrations } = await scriptArgument<Watchers>();
const headers = { authorization: `Bearer ${token}` };
let [events, answers] = [0, 0];

async function read(path: string): Promise<void> {
  const answer = await fetch(url + path, { headers });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  answers += 1;
}

/** Resolves once the stream is there. */
function listen(path: string, onEvent: (name: string | undefined) => void): Promise<void> {
  const parser = createParser({
    onEvent({ event }) {
      events += 1;
      onEvent(event);
    },
  });
  return new Promise((resolve, reject) => {
    const asked = request(url + path, { headers, agent: false }, (answer) => {
      answer.setEncoding('utf8').on('data', (part: string) => parser.feed(part));
      if (answer.statusCode === 200) resolve();
      else reject(new Error(`${path} was answered with ${answer.statusCode}`));
    });
    asked.on('error', reject).end();
  });
}

/** Reads these once after the time, however often it is requested meanwhile. */
function soon(ms: number, paths: readonly string[]): () => void {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    void sleep(ms).then(() => {
      waits = false;
      return Promise.all(paths.map(read));
    });
  };
}

async function openPage(): Promise<void> {
  await Promise.all(['/v2/kinds', '/v2/summary'].map(read));
}

async function openList(): Promise<void> {
  await openPage();
  const path = '/v2/all-migrations?limit=100';
  await read(path);
  const again = soon(LIST_EVERY_MS, [path]);
  await listen('/v2/events', (name) => {
    if (name === 'changed') again();
  });
}

async function openMigration(key: string): Promise<void> {
  await openPage();
  const path = `/v2/kinds/conversations/migrations/${key}`;
  const paths = ['row', 'units', 'explain'].map((part) => `${path}/${part}`);
  await Promise.all([path, ...paths].map(read));
  const again = soon(MIGRATION_EVERY_MS, paths);
  await listen('/v2/events', () => undefined);
  await listen(`${path}/events`, (name) => {
    if (name === 'migration') again();
  });
}

await Promise.all([...Array.from({ length: lists }, openList), ...migrations.map(openMigration)]);
process.on('message', () => process.send?.({ events, answers } satisfies WatchersResult));
process.send?.('open');
