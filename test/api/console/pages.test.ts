import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type World, apiWorld } from '../world.js';

const PAGE =
  '<!doctype html><title>Carryover</title><script type="module" src="/assets/main-1a2b.js"></script>';
const SCRIPT = `export const words = ${JSON.stringify('carry over '.repeat(200))};`;

let folder: string;
let world: World;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), PAGE);
  writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'assets', 'main-1a2b.js'), SCRIPT);
  writeFileSync(join(folder, 'assets', 'main-1a2b.js.br'), brotliCompressSync(SCRIPT));
  world = await apiWorld({ dashboard: folder });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}) => world.app.inject({ url, headers });

test.each([
  '/',
  '/migrations',
  '/migrations/conversations/acc%2F1/units',
  '/failures',
  '/audit',
  '/system',
  '/sign-in?code=1',
])('GET %s is the page, with a policy that lets nothing in from elsewhere', async (url) => {
  const answer = await get(url);
  expect([answer.statusCode, answer.body]).toEqual([200, PAGE]);
  expect(answer.headers).toMatchObject({
    'content-type': expect.stringContaining('text/html'),
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  });
  const policy = String(answer.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
});

test('the page is revalidated, and costs no body while it is the same', async () => {
  const { etag } = (await get('/')).headers;
  const again = await get('/migrations', { 'if-none-match': String(etag) });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});

test('a script is kept for a year, and sent compressed to those who accept it', async () => {
  const plain = await get('/assets/main-1a2b.js', { 'accept-encoding': 'identity' });
  expect([plain.statusCode, plain.body]).toEqual([200, SCRIPT]);
  expect(plain.headers).toMatchObject({
    'content-type': expect.stringContaining('/javascript'),
    'cache-control': 'public, max-age=31536000, immutable',
    etag: expect.any(String),
  });
  const packed = await get('/assets/main-1a2b.js', { 'accept-encoding': 'gzip, br' });
  expect(packed.headers['content-encoding']).toBe('br');
  expect(packed.headers['vary']).toContain('accept-encoding');
  expect(packed.rawPayload.length).toBeLessThan(SCRIPT.length);
  expect(brotliDecompressSync(packed.rawPayload).toString()).toBe(SCRIPT);
});

test('files beside the page are served by their names', async () => {
  expect((await get('/favicon.svg')).headers['content-type']).toBe('image/svg+xml');
});

test.each([
  '/v2/nothing',
  '/v2',
  '/assets/nothing.js',
  '/nothing',
  '/index.html.br',
  '/assets/../index.html',
  '/assets/%2e%2e/index.html',
])('GET %s is a problem and never the page', async (url) => {
  const answer = await get(url);
  expect(answer.statusCode).toBe(404);
  expect(answer.headers['content-type']).toContain('application/problem+json');
});

test('pages allow only reading', async () => {
  const answer = await world.app.inject({ method: 'POST', url: '/migrations' });
  expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
});

test('without a built dashboard, the page is a problem that says how to build it', async () => {
  const bare = await apiWorld({ dashboard: join(folder, 'nowhere') });
  const answer = await bare.call('GET', '/');
  expect(answer.statusCode).toBe(404);
  expect(answer.json().detail).toContain('npm run build');
  expect((await bare.call('GET', '/sign-in')).json().detail).toContain('npm run build');
  await bare.close();
});
