import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ChatwootDatabase, chatwootDatabase } from '../../support/chatwoot.js';
import { type Carryover, startCarryover } from '../carryover.js';
import { openBrowser, openDashboard, takeScreenshot, violationsOn } from './dashboard.js';

const PATIENCE = { timeout: 300_000 };
const VIEWS = [
  ['light', 1_280],
  ['dark', 390],
  ['light', 1_920],
] as const;

let carryover: Carryover;
let browser: Browser;
let chatwoot: ChatwootDatabase;

beforeAll(async () => {
  chatwoot = await chatwootDatabase({ seed: 5, contacts: 120, source: 'cloud', destination: 'twilio' });
  [carryover, browser] = await Promise.all([
    startCarryover({
      account: { brands: 1, threads: 0, messages: 0, portedNumbers: 0 },
      environment: { CHATWOOT_DATABASE_URL: chatwoot.url },
    }),
    openBrowser(),
  ]);
  carryover.startWorker();
});
afterAll(async () => {
  await browser?.close();
  await carryover?.stop();
  await chatwoot?.drop();
});

it('a move of an inbox is previewed, started, watched and reversed', async () => {
  const dashboard = await openDashboard(browser, carryover, '/migrations', { role: 'operator' });
  const { page, complaints } = dashboard;
  const faults: string[] = [];
  /** Overflow and accessibility problems. */
  const look = async (name: string): Promise<void> => {
    for (const [colorScheme, width] of VIEWS) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await takeScreenshot(page, `inbox-${name}-${width}`);
      if (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
        faults.push(`${name} is too wide`);
      faults.push(...(await violationsOn(page)).map((fault) => `${name}, ${colorScheme}: ${fault}`));
    }
    await page.setViewportSize({ width: 1_280, height: 900 });
  };

  await page.getByRole('button', { name: 'Start a migration' }).first().click();
  await page.getByRole('dialog').getByRole('radio', { name: 'Inboxes' }).check();
  await page.getByRole('button', { name: 'Choose the inboxes' }).click();
  // Until the screen is there, the list before it has a field of that name, too.
  await page.getByRole('heading', { name: 'Move an inbox' }).waitFor(PATIENCE);
  await page.getByLabel('Search').fill('nobody has this');
  await page.getByText('No WhatsApp inbox matches.').waitFor(PATIENCE);
  await look('no-match');
  await page.getByLabel('Search').fill('corner');
  await page.getByRole('radio', { name: /WhatsApp 1/ }).check();
  await page.getByRole('radio', { name: /WhatsApp 2/ }).check();
  await page.getByText('will be merged into contacts that the new inbox knows').waitFor(PATIENCE);
  await page.getByText('would stay in the old inbox').waitFor(PATIENCE);
  await look('warnings');

  await page.getByRole('button', { name: 'Move the conversations' }).click();
  const move = page.getByRole('dialog').getByRole('button', { name: 'Move', exact: true });
  expect(await move.isDisabled()).toBe(true);
  await page.getByLabel('Type MIGRATE to confirm').fill('MIGRATE');
  await look('confirm');
  await move.click();
  await page.getByRole('heading', { name: 'WhatsApp 1' }).waitFor(PATIENCE);
  await page.getByText('Completed').first().waitFor(PATIENCE);
  await page.getByRole('tab', { name: 'History' }).click();
  const reverse = page.getByRole('button', { name: /Reverse migration/ });
  await reverse.waitFor(PATIENCE);
  await look('history');

  await reverse.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reverse', exact: true }).click();
  await page.getByRole('heading', { name: 'WhatsApp 2' }).waitFor(PATIENCE);
  await page.getByText('Completed').first().waitFor(PATIENCE);
  const { rows } = await chatwoot.pool.query('SELECT FROM conversations WHERE inbox_id = 1');
  expect(rows.length).toBeGreaterThan(100);

  // The reason for a refused move is shown where people look for it.
  await chatwoot.pool.query('CREATE TABLE public.kanban_cards (id bigserial, conversation_id bigint)');
  await page.goto('/inboxes/move?from=1%3A1&to=2');
  await page.getByText('kanban_cards.conversation_id').waitFor(PATIENCE);
  await look('refused');
  expect(faults).toEqual([]);
  expect(complaints).toEqual([]);
});
