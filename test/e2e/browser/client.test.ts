import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SampleAccount } from '../../../dev/sample/generator/account.js';
import { type Chromium, openChromium } from './chromium.js';
import { type Carryover, startCarryover, until } from '../carryover.js';
import { addAccount } from '../../../dev/sample/add-account.js';
import { type Pages, servePages } from './pages.js';

const SAMPLE_APP = '/dev/sample-app/index.html';
const HOOK = '/hook.html';

let pages: Pages;
let carryover: Carryover;

beforeAll(async () => {
  pages = await servePages();
  carryover = await startCarryover({
    account: { seed: 60, accountId: 'acc_hook', brands: 1, threads: 20, messages: 200, portedNumbers: 0 },
    environment: { CORS_ORIGINS: pages.origin },
  });
  carryover.startWorker();
});
afterAll(async () => {
  await carryover?.stop();
  await pages?.stop();
});

/** Opens the page as a user of the account's app. */
async function open(path: string, { accountId }: SampleAccount, more = {}): Promise<Chromium> {
  const { AUTH_JWT_SECRET = '', PUBLIC_URL = '' } = carryover.env;
  const token = await new SignJWT({ role: 'app', account_id: accountId })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('somebody')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(AUTH_JWT_SECRET));
  const settings = new URLSearchParams({ api: PUBLIC_URL, account: accountId, token, ...more });
  return openChromium(`${pages.origin}${path}#${settings.toString()}`);
}

/** Waits until the page shows the words; on a timeout, reports the browser's output. */
async function untilShown(path: string, words: string, { log }: Chromium): Promise<void> {
  await until(() => pages.shown(path).at(-1)?.includes(words) === true).catch((error: unknown) => {
    throw new Error(`${path} showed ${JSON.stringify(pages.shown(path).at(-1))}, not "${words}". ${log()}`, {
      cause: error,
    });
  });
}

it('a page in Chromium survives a failure and a server that is down, without any action of its user', async () => {
  const account = await addAccount(carryover, {
    accountId: 'acc_page',
    seed: 61,
    brands: 2,
    threads: 30,
    messages: 450,
    portedNumbers: 0,
  });
  const spoilt = structuredClone(account.payload);
  Object.assign(spoilt.brands[0]?.channels[0] ?? {}, { type: 'fax' });
  carryover.world.conversations.put({ account: account.account, payload: spoilt });

  const chromium = await open(SAMPLE_APP, account, { pause: '500' });
  try {
    await untilShown(SAMPLE_APP, 'It takes longer than planned', chromium);
    await carryover.kill(carryover.api());
    carryover.world.conversations.put(account);
    carryover.startApi();
    await untilShown(SAMPLE_APP, 'All your messages are here', chromium);
  } finally {
    await chromium.close();
  }
  expect(pages.shown(SAMPLE_APP).filter((words) => words.includes('CarryoverError'))).toEqual([]);
});

it('the hook for React follows an account, also in strict mode', async () => {
  const chromium = await open(HOOK, carryover.world.account);
  try {
    await untilShown(HOOK, 'all-messages-migrated', chromium);
  } finally {
    await chromium.close();
  }
  const [first, ...later] = pages.shown(HOOK);
  expect(first).toBe('unknown');
  expect(
    later.filter((words) => !/^(pending|migrating|(recent|all)-messages-migrated)$/.test(words)),
  ).toEqual([]);
});

it('a page of an origin that is not listed cannot call, and its user sees no error', async () => {
  const stranger = await servePages();
  const { PUBLIC_URL = '' } = carryover.env;
  /** How many answers with this label the API has given. */
  const answered = async (label: string): Promise<number> => {
    const metrics = await (await fetch(`${PUBLIC_URL}/metrics`)).text();
    const counts = metrics.matchAll(/^carryover_http_request_duration_seconds_count\{(.*)\} (\d+)$/gm);
    return [...counts].reduce((sum, [, labels = '', n]) => sum + (labels.includes(label) ? Number(n) : 0), 0);
  };
  const preflights = () => answered('method="OPTIONS"');
  const before = [await preflights(), await answered('status="401"')] as const;
  const settings = new URLSearchParams({ api: PUBLIC_URL, account: 'acc_hook', token: 'nonsense' });
  const chromium = await openChromium(`${stranger.origin}${HOOK}#${settings.toString()}`);
  try {
    // The client takes it for a lost connection, and repeats the call.
    await until(async () => (await preflights()) >= before[0] + 2);
    // A call that the browser had sent would have been refused, and the page would show it.
    expect(await answered('status="401"')).toBe(before[1]);
    expect(stranger.shown(HOOK)).toEqual(['unknown']);
  } finally {
    await chromium.close();
    await stranger.stop();
  }
});
