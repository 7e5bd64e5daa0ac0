import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Carryover, startCarryover } from '../carryover.js';
import { addAccount } from '../../../dev/sample/add-account.js';
import {
  type Dashboard,
  openBrowser,
  openDashboard,
  staffToken,
  takeScreenshot,
  violationsOn,
} from './dashboard.js';

const SMALL = { brands: 1, threads: 10, messages: 60, portedNumbers: 0 };
const SCRIPT_LIMIT = 200_000;
const PATIENCE = { timeout: 300_000 };

let carryover: Carryover;
let browser: Browser;
const opened: Dashboard[] = [];

beforeAll(async () => {
  [carryover, browser] = await Promise.all([
    startCarryover({
      account: { seed: 70, accountId: 'acc_first', ...SMALL },
      environment: { MIGRATION_RESET_ALLOWED: 'true' },
    }),
    openBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await carryover?.stop();
});
afterEach(async () => {
  const complaints = opened.flatMap(({ complaints }) => complaints);
  await Promise.all(opened.splice(0).map((dashboard) => dashboard.close()));
  // Among them every violation of the content security policy.
  expect(complaints).toEqual([]);
});

async function open(
  path: string,
  options: Parameters<typeof openDashboard>[3] = { role: 'admin' },
): Promise<Page> {
  const dashboard = await openDashboard(browser, carryover, path, options);
  opened.push(dashboard);
  return dashboard.page;
}

const of = (accountId: string) => `/migrations/conversations/${accountId}`;
const untilShown = (page: Page, words: string | RegExp) =>
  page.getByText(words).filter({ visible: true }).first().waitFor(PATIENCE);

/** Presses the button, and then the one of the same name that confirms it. */
async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('main').getByRole('button', { name, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
}

it('pasting a token signs in at the requested address, until sign-out', async () => {
  const page = await open('/audit', {});
  await page.getByLabel('Access token').fill('nonsense');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor(PATIENCE);
  await page.getByLabel('Access token').fill(await staffToken(carryover, 'operator'));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Audit' }).waitFor(PATIENCE);
  await page.getByRole('button', { name: /operator@example.com/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor(PATIENCE);
});

it('an empty list says how to fill it', async () => {
  const page = await open('/');
  await untilShown(page, 'No migrations yet');
});

it('a migration is started, paused and resumed, and the page says why it waits', async () => {
  const page = await open('/migrations');
  await page.getByRole('button', { name: 'Start a migration' }).click();
  await page.getByLabel('Account id').fill('acc_first');
  await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
  await page.waitForURL(`**${of('acc_first')}`);
  await press(page, 'Pause');
  await untilShown(page, /^Paused, migrating$/);
  await untilShown(page, /is paused: admin@example.com paused it/);
  await press(page, 'Resume');
  await untilShown(page, /^Migrating$/);
});

it('a list that is open while a migration ends shows it without a reload', async () => {
  const page = await open('/migrations');
  const row = page.getByRole('row').filter({ hasText: 'acc_first' });
  await row.getByText('Migrating').waitFor(PATIENCE);
  const requests: string[] = [];
  page.on('request', (request) => request.isNavigationRequest() && requests.push(request.url()));
  carryover.startWorker();
  await row.getByText('All messages migrated').waitFor(PATIENCE);
  expect(requests).toEqual([]);
});

it('a failure is explained and retried, and disappears', async () => {
  const account = await addAccount(carryover, { accountId: 'acc_spoilt', seed: 71, ...SMALL });
  const spoilt = structuredClone(account.payload);
  Object.assign(spoilt.brands[0]?.channels[0] ?? {}, { type: 'fax' });
  carryover.world.conversations.put({ account: account.account, payload: spoilt });
  await carryover.call('POST', '/v2/start-migration', { account_id: 'acc_spoilt' });

  const page = await open('/failures', { role: 'operator' });
  const failure = page.getByRole('article').filter({ hasText: 'acc_spoilt' }).first();
  await failure.getByText(/fax/).first().waitFor(PATIENCE);
  await failure.getByText('Next:').waitFor();
  carryover.world.conversations.put(account);
  await failure.getByRole('button', { name: 'Start again' }).click();
  await untilShown(page, 'Nothing needs you');
  await page.goto(of('acc_spoilt'));
  await untilShown(page, 'All messages migrated');
});

it('a preflight shows what a start would do', async () => {
  const account = await addAccount(carryover, { accountId: 'acc_looked', seed: 73, ...SMALL });
  const spoilt = structuredClone(account.payload);
  Object.assign(spoilt.brands[0]?.channels[0] ?? {}, { type: 'fax' });
  carryover.world.conversations.put({ account: account.account, payload: spoilt });
  const page = await open('/migrations');
  await page.getByRole('button', { name: 'Start a migration' }).click();
  await page.getByLabel('Account id').fill('acc_looked');
  await page.getByRole('button', { name: 'Preflight' }).click();
  await untilShown(page, '1 channel cannot be created');
  await untilShown(page, /fax/);
  expect(await faultsOf(page, 'preflight')).toEqual([]);
  carryover.world.conversations.put(account);
  await page.getByRole('button', { name: 'Look again' }).click();
  await untilShown(page, /^All \d+ channels can be created\.$/);
  await press(page, 'Start');
  await page.waitForURL(`**${of('acc_looked')}`);
  await untilShown(page, 'All messages migrated');
});

it('a wave of pasted ids stops when one fails, is resumed, and ends', async () => {
  await addAccount(carryover, { accountId: 'acc_wave', seed: 74, ...SMALL });
  const page = await open('/waves', { role: 'operator' });
  await untilShown(page, 'No waves yet');
  await page.getByRole('button', { name: 'Start a wave' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Ids, one in each line').fill('acc_nobody\nacc_wave\nacc_nobody\n');
  await dialog.getByLabel('At once, at most').fill('1');
  await dialog.getByText(/^2 accounts: at most 1 run at once/).waitFor();
  expect(await faultsOf(page, 'start-a-wave')).toEqual([]);
  await dialog.getByRole('button', { name: 'Start the wave' }).click();
  await untilShown(page, /It stopped at .*: 1 of 1 have failed, and the limit is 5 %/);
  await untilShown(page, 'Conversations has no account acc_nobody.');
  await press(page, 'Resume');
  await page.getByRole('button', { name: '1 Done', exact: true }).click(PATIENCE);
  await page.getByRole('row').filter({ hasText: 'acc_wave' }).getByText('All messages migrated').waitFor();
  await untilShown(page, /^Done$/);
});

it.each([
  ['migration', of('acc_unknown')],
  ['wave', '/waves/999'],
])('an address of a %s that does not exist says so, and leads to the list', async (what, path) => {
  const page = await open(path);
  await untilShown(page, `There is no such ${what}`);
  await page
    .getByRole('main')
    .getByRole('link', { name: `All ${what}s` })
    .waitFor();
  expect(await faultsOf(page, `no-${what}`)).toEqual([]);
});

it('the browser checks the certificate', async () => {
  const page = await open(`${of('acc_first')}?tab=certificate`);
  await untilShown(page, 'The signature is valid: nothing has changed since this key signed it.');
  await untilShown(page, 'The file is complete and in its canonical form.');
});

describe('a lost connection', () => {
  it('of the browser is shown, and recovers without a reload', async () => {
    const page = await open('/migrations');
    await untilShown(page, 'Live');
    await page.context().setOffline(true);
    await untilShown(page, /What you see is from/);
    await page.getByRole('row').filter({ hasText: 'acc_first' }).waitFor();
    await page.context().setOffline(false);
    await untilShown(page, 'Live');
  });

  it('to a restarted API is shown, and so is everything that happened meanwhile', async () => {
    await addAccount(carryover, { accountId: 'acc_meanwhile', seed: 72, ...SMALL });
    const page = await open('/migrations');
    await untilShown(page, 'Live');
    await carryover.kill(carryover.api());
    await untilShown(page, 'Reconnecting.');
    carryover.startApi();
    await carryover.ready();
    await carryover.call('POST', '/v2/start-migration', { account_id: 'acc_meanwhile' });
    await page.getByRole('row').filter({ hasText: 'acc_meanwhile' }).waitFor(PATIENCE);
    await untilShown(page, 'Live');
  });
});

describe('roles', () => {
  const actionsOf = async (page: Page): Promise<string[]> => {
    await page.getByRole('button', { name: 'More actions' }).click(PATIENCE);
    return page.getByRole('menuitem').allInnerTexts();
  };

  it('an operator steers, and cannot reset', async () => {
    const page = await open(of('acc_first'), { role: 'operator' });
    const actions = await actionsOf(page);
    expect(actions).toContain('Verify and repair');
    expect(actions).not.toContain('Reset');
  });

  it('an administrator may reset, once the id is typed', async () => {
    const page = await open(of('acc_first'), { role: 'admin' });
    expect(await actionsOf(page)).toContain('Reset');
    await page.getByRole('menuitem', { name: 'Reset' }).click();
    const reset = page.getByRole('dialog').getByRole('button', { name: 'Reset' });
    expect(await reset.isDisabled()).toBe(true);
    await page.getByLabel('Type acc_first to confirm').fill('acc_first');
    expect(await reset.isEnabled()).toBe(true);
  });

  it('a service sees that it lacks access', async () => {
    const page = await open('/migrations', { role: 'service' });
    await page.getByRole('alert').first().waitFor(PATIENCE);
  });
});

const SCREENS = {
  migrations: { path: '/migrations', shown: 'acc_first' },
  migration: { path: of('acc_first'), shown: 'since this page was opened' },
  timeline: { path: `${of('acc_first')}?tab=timeline`, shown: 'Certificate made' },
  quarantine: { path: `${of('acc_first')}?tab=quarantine`, shown: 'No record is in quarantine' },
  verification: { path: `${of('acc_first')}?tab=verification`, shown: 'Not verified yet' },
  certificate: { path: `${of('acc_first')}?tab=certificate`, shown: /The signature is valid/ },
  waves: { path: '/waves', shown: '1 of 2 done' },
  wave: { path: '/waves/1', shown: 'Conversations has no account acc_nobody.' },
  failures: { path: '/failures', shown: 'Nothing needs you' },
  audit: { path: '/audit', shown: /^Sign in$/ },
  system: { path: '/system', shown: 'Task queues' },
};

const VIEWS = [
  ['light', 1_280],
  ['dark', 390],
  ['light', 1_920],
] as const;

/** Overflow and accessibility problems of each view; keeps a screenshot of each. */
async function faultsOf(page: Page, name: string): Promise<string[]> {
  const faults: string[] = [];
  for (const [colorScheme, width] of VIEWS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await takeScreenshot(page, `${name}-${width}`);
    const found = await violationsOn(page);
    if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) found.push('is too wide');
    faults.push(...found.map((fault) => `${name}, ${colorScheme}, ${width} pixels: ${fault}`));
  }
  return faults;
}

describe('in both themes, from 390 to 1,920 pixels,', () => {
  it.each(Object.entries(SCREENS))('%s fits and is accessible', async (name, { path, shown }) => {
    const page = await open(path);
    await untilShown(page, shown);
    expect(await faultsOf(page, name)).toEqual([]);
  });

  it('the sign-in fits and is accessible', async () => {
    const page = await open('/sign-in', {});
    await page.getByLabel('Access token').waitFor(PATIENCE);
    expect(await faultsOf(page, 'sign-in')).toEqual([]);
  });
});

it(`the first view takes less than ${SCRIPT_LIMIT / 1_000} KB of script`, async () => {
  const page = await open('about:blank');
  const scripts: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    if (request.resourceType() === 'script')
      scripts.push(request.sizes().then((sizes) => sizes.responseBodySize));
  });
  await page.goto('/migrations');
  await untilShown(page, 'acc_first');
  const total = (await Promise.all(scripts)).reduce((sum, size) => sum + size, 0);
  expect(scripts.length).toBeGreaterThan(0);
  expect(total).toBeGreaterThan(0);
  expect(total).toBeLessThan(SCRIPT_LIMIT);
});
