import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../http/problems.js';

/** Everything comes from this origin, and nothing is inline. */
const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-cache',
};

/** The dashboard's own paths; it answers what is below them. */
const CLIENT_ROUTES = ['migrations', 'failures', 'audit', 'system', 'waves', 'inboxes', 'sign-in'].flatMap(
  (name) => [`/${name}`, `/${name}/*`],
);

const YEAR_SECONDS = 31_536_000;
const HIDDEN = { schema: { hide: true } };

/**
 * Serves the dashboard from the folder that its build writes. Files under `/assets` have their contents' hash in their name and never change; the page
 * and what is beside it are revalidated. A file that has a copy named `.br` or `.gz` beside it is sent as that copy to those who accept it.
 *
 * @param folder undefined serves no dashboard
 */
export async function pages(
  app: FastifyInstance,
  { folder }: { readonly folder: string | undefined },
): Promise<void> {
  if (folder === undefined || !existsSync(join(folder, 'index.html'))) return missingPages(app);
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    preCompressed: true,
    index: false,
    redirect: false,
    maxAge: YEAR_SECONDS * 1_000,
    immutable: true,
    schemaHide: true,
  });
  const send = (file: string) => async (_request: FastifyRequest, reply: FastifyReply) =>
    reply.headers(PAGE_HEADERS).sendFile(file, folder, { cacheControl: false });
  for (const url of ['/', ...CLIENT_ROUTES]) app.get(url, HIDDEN, send('index.html'));
  for (const file of filesBeside(folder)) app.get(`/${file}`, HIDDEN, send(file));
}

/** The page's icon and the like, but not their compressed copies. */
function filesBeside(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[\w-]+(\.[\w-]+)+$/.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => name !== 'index.html' && !/\.(br|gz|map)$/.test(name));
}

function missingPages(app: FastifyInstance): void {
  for (const url of ['/', ...CLIENT_ROUTES]) {
    app.get(url, HIDDEN, async () => {
      throw new Problem(
        'not-found',
        'The dashboard is not built. Run npm run build, then start the API again. The API reference is at /docs.',
      );
    });
  }
}
