import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addSampleUsers } from '../../../dev/sample/onboarding/product.js';
import { Product, type TestRedis, testRedis } from '../../support/onboarding/world.js';
import { type Carryover, startCarryover } from '../carryover.js';
import { openBrowser, openDashboard, takeScreenshot, violationsOn } from './dashboard.js';

const USERS = 120;
const FAILING = 3;
const PATIENCE = { timeout: 300_000 };

let carryover: Carryover;
let browser: Browser;
let redis: TestRedis;
let product: Product;

beforeAll(async () => {
  redis = await testRedis();
  product = await Product.open(redis.url);
  await addSampleUsers(product.pool, { from: 0, to: USERS }, { seed: 3 });
  await product.query(
    `UPDATE users SET onboarding_step = 'teleport' WHERE id IN (SELECT id FROM users ORDER BY id LIMIT ${FAILING})`,
  );
  [carryover, browser] = await Promise.all([
    startCarryover({
      account: { brands: 1, threads: 0, messages: 0, portedNumbers: 0 },
      environment: {
        ONBOARDING_DATABASE_URL: product.url,
        ONBOARDING_REDIS_URL: redis.url,
        ONBOARDING_REDIS_PREFIX: product.prefix,
      },
    }),
    openBrowser(),
  ]);
  carryover.startWorker();
});
afterAll(async () => {
  await browser?.close();
  await carryover?.stop();
  await product?.close();
  await redis?.remove();
});

it('failed users are shown with the reason, and migrated once the cause is removed', async () => {
  const { body } = await carryover.call('POST', '/api/v1/onboarding/migration/migrate', { all: true });
  const { migration_id: id } = body as { migration_id: string };
  const dashboard = await openDashboard(browser, carryover, `/migrations/onboarding/${id}?tab=failures`, {
    role: 'operator',
    colorScheme: 'dark',
  });
  const { page } = dashboard;
  const progress = page.getByRole('region', { name: 'Progress' });
  const figure = (name: string, value: number) =>
    progress.locator('div', { has: page.getByText(name, { exact: true }) }).getByText(String(value), { exact: true }); // prettier-ignore

  await figure('users migrated', USERS - FAILING).waitFor(PATIENCE);
  await figure('failed', FAILING).waitFor(PATIENCE);
  const failures = page.getByRole('article');
  await expect.poll(() => failures.count()).toBe(FAILING);
  expect(await failures.first().textContent()).toContain('There is no legacy step "teleport"');
  expect(await violationsOn(page)).toEqual([]);
  await takeScreenshot(page, 'users-failed-dark');

  await product.query(`UPDATE users SET onboarding_step = 'brand' WHERE onboarding_step = 'teleport'`);
  await failures.first().getByRole('button', { name: 'Retry all failed users' }).click();
  await figure('users migrated', USERS).waitFor(PATIENCE);
  await page.getByText('Nothing needs you').waitFor(PATIENCE);
  expect(dashboard.complaints).toEqual([]);
});
