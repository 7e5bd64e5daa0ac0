import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { listen } from '../../../dev/faults/loopback.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };
const SERVED = /^\/(dev\/sample-app|dist\/client)\/[\w./-]+$/;

/** Tells the server what the page shows, whenever that changes; numbered, since reports may overtake each other. */
const OBSERVER = `<script>
  let reports = 0;
  let last = '';
  new MutationObserver(() => {
    const text = document.body?.innerText.trim() ?? '';
    if (text === last) return;
    last = text;
    fetch('/seen', { method: 'POST', body: JSON.stringify([(reports += 1), location.pathname, text]) });
  }).observe(document.documentElement, { subtree: true, childList: true, characterData: true });
</script>`;

export interface Pages {
  readonly origin: string;
  /** What each page has shown so far, by its path. */
  readonly shown: (path: string) => readonly string[];
  stop(): Promise<void>;
}

/** Serves the sample app, the built client, and /hook.html with the hook for React, as a site of its own. */
export async function servePages(): Promise<Pages> {
  const hook = await hookPage();
  const seen: [report: number, path: string, text: string][] = [];
  const contentOf = async (path: string): Promise<string> => {
    if (path === '/hook.html') return `<head></head><body><script>${hook}</script></body>`;
    if (!SERVED.test(path) || path.includes('..')) throw new Error(`${path} is not served`);
    return readFile(join(ROOT, path), 'utf8');
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]!;
    if (request.method === 'POST') {
      void text(request).then((body) => {
        seen.push(JSON.parse(body) as [number, string, string]);
        response.writeHead(204).end();
      });
      return;
    }
    contentOf(path).then(
      (content) =>
        response
          .writeHead(200, { 'content-type': `${TYPES[extname(path)] ?? 'text/plain'}; charset=utf-8` })
          .end(content.replace('</head>', () => `${OBSERVER}</head>`)),
      () => response.writeHead(404).end(),
    );
  });
  const { url, stop } = await listen(server);
  return {
    origin: url,
    shown: (path) =>
      seen
        .filter(([, at]) => at === path)
        .toSorted(([a], [b]) => a - b)
        .map(([, , words]) => words),
    stop,
  };
}

async function hookPage(): Promise<string> {
  const client = join(ROOT, 'dist/client/esm');
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'hook-page.js')],
    bundle: true,
    write: false,
    format: 'iife',
    minify: true,
    alias: {
      '@carryover/client/react': join(client, 'react.js'),
      '@carryover/client': join(client, 'index.js'),
    },
    define: { 'process.env.NODE_ENV': '"development"' },
  });
  return outputFiles[0]!.text.replaceAll('</script', String.raw`<\/script`);
}
