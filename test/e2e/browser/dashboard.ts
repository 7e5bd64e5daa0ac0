import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { SignJWT } from 'jose';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Carryover } from '../carryover.js';
import { findChromium } from './chromium.js';

/** Not kept by git. */
const SCREENSHOTS = resolve(import.meta.dirname, '../../../artefacts/dashboard');

/** Ends a test that would hang; says nothing about how long anything may take. */
const PATIENCE_MS = 120_000;

export type StaffRole = 'operator' | 'admin' | 'service';

export async function openBrowser(): Promise<Browser> {
  // Root may not use Chromium's sandbox.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: await findChromium(), args });
}

export async function staffToken({ env }: Carryover, role: StaffRole): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(`${role}@example.com`)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(env['AUTH_JWT_SECRET']));
}

export interface Dashboard {
  readonly page: Page;
  /** What the browser has refused or the page has thrown; a lost connection is neither. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

interface DashboardOptions extends BrowserContextOptions {
  /** Whoever is signed in; nobody, if it is left out. */
  readonly role?: StaffRole;
}

/** The dashboard in a browser of its own. */
export async function openDashboard(
  browser: Browser,
  carryover: Carryover,
  path: string,
  { role, ...options }: DashboardOptions = {},
): Promise<Dashboard> {
  const baseURL = carryover.env['PUBLIC_URL'] ?? '';
  const context = await browser.newContext({ baseURL, viewport: { width: 1_280, height: 800 }, ...options });
  if (role !== undefined) {
    const answer = await context.request.post('/session', {
      data: { token: await staffToken(carryover, role) },
    });
    if (!answer.ok())
      throw new Error(`POST /session was answered with ${answer.status()}: ${await answer.text()}`);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const words = message.text();
    if (message.type() === 'error' && !words.startsWith('Failed to load resource')) complaints.push(words);
  });
  await page.goto(path);
  return { page, complaints, close: () => context.close() };
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds on the page: one line each. */
export async function violationsOn(page: Page): Promise<string[]> {
  // The policy of the page forbids injected scripts; an evaluated one is the test's.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations } = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })`,
  )) as { violations: { id: string; help: string; nodes: { target: string[]; failureSummary: string }[] }[] };
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help} at ${target.join(' ')} (${failureSummary})`),
  );
}

export async function takeScreenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
