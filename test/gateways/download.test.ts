import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { answers, cuts, drips, endless, redirects, saysNothing, serves, stalls } from './download-server.js';
import { closeAfterEach, downloader, failureOf, fetched, resolvesTo, server } from './downloads.js';

closeAfterEach();

describe('a file of a listed host', () => {
  it('is fetched byte for byte, with the server’s declared type', async () => {
    const bytes = randomBytes(3_000_000);
    const files = await server({ '/a': serves(bytes, 'image/png') });
    const from = downloader(files.host);
    expect((await from.open(files.url('/a'))).contentType).toBe('image/png');
    expect((await fetched(from, files.url('/a'))).equals(bytes)).toBe(true);
  });

  it('is requested without cookies, credentials or compression', async () => {
    const files = await server({
      '/a': answers(302, { location: '/b', 'set-cookie': 'id=1' }),
      '/b': serves('b'),
    });
    await fetched(downloader(files.host), files.url('/a?token=1'));
    expect(files.asked.map(({ path }) => path)).toEqual(['/a?token=1', '/b']);
    for (const { headers } of files.asked) {
      expect(headers.cookie).toBeUndefined();
      expect(headers.authorization).toBeUndefined();
      expect(headers.referer).toBeUndefined();
      expect(headers['accept-encoding']).toBe('identity');
    }
  });

  it('is not decompressed, whatever the server declares', async () => {
    const packed = gzipSync(Buffer.alloc(5_000_000));
    const files = await server({
      '/bomb': (_request, response) =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    });
    expect(
      (await fetched(downloader(files.host, { maxBytes: 10_000 }), files.url('/bomb'))).equals(packed),
    ).toBe(true);
  });

  it('may be redirected to a listed host up to five times', async () => {
    const other = await server({ '/file': serves('here') });
    const files = await server({
      '/1': redirects('/2', 301),
      '/2': redirects('/3', 303),
      '/3': redirects('/4', 307),
      '/4': redirects('/5', 308),
      '/5': redirects(other.url('/file')),
    });
    expect(String(await fetched(downloader(`${files.host},${other.host}`), files.url('/1')))).toBe('here');
  });

  it('may have a private address if its name is listed', async () => {
    const files = await server({ '/a': serves('inside') });
    const port = files.host.split(':')[1];
    const from = downloader(`files.internal.example:${port}`, { resolve: resolvesTo(['127.0.0.1']) });
    expect(String(await fetched(from, `http://files.internal.example:${port}/a`))).toBe('inside');
  });
});

describe('failures have a kind', () => {
  it.each([
    [403, 'not-found', true],
    [404, 'not-found', true],
    [410, 'not-found', true],
    [429, 'server-error', false],
    [500, 'server-error', false],
    [503, 'server-error', false],
    [206, 'server-error', false],
  ])('status %i is %s', async (status, kind, final) => {
    const files = await server({ '/a': answers(status) });
    const failure = await failureOf(downloader(files.host), files.url('/a'));
    expect(failure).toMatchObject({ kind, final, options: { status } });
  });

  it('a redirect loop ends after five', async () => {
    const files = await server({ '/loop': redirects('/loop') });
    expect(await failureOf(downloader(files.host), files.url('/loop'))).toMatchObject({
      kind: 'redirect',
      final: true,
    });
    expect(files.asked).toHaveLength(6);
  });

  it('an endless file, and one with a too large declared size, are too large', async () => {
    const files = await server({ '/endless': endless, '/large': serves(Buffer.alloc(200_000)) });
    const from = downloader(files.host, { maxBytes: 100_000 });
    expect(await failureOf(from, files.url('/endless'))).toMatchObject({ kind: 'too-large', final: true });
    expect((await failureOf(from, files.url('/large'))).kind).toBe('too-large');
  });

  it('a file of exactly the largest size is fetched', async () => {
    const files = await server({ '/a': serves(Buffer.alloc(100_000)) });
    expect(await fetched(downloader(files.host, { maxBytes: 100_000 }), files.url('/a'))).toHaveLength(
      100_000,
    );
  });

  it('silence, a stall and an endless drip are timeouts', async () => {
    const files = await server({ '/silent': saysNothing, '/stalls': stalls, '/drips': drips().behaviour });
    const from = downloader(files.host, {
      headersTimeoutMs: 200,
      stallTimeoutMs: 200,
      totalTimeoutMs: 3_000,
    });
    for (const path of ['/silent', '/stalls', '/drips']) {
      expect(await failureOf(from, files.url(path))).toMatchObject({ kind: 'timeout', final: false });
    }
  });

  it('a cut connection and a truncated file are network errors', async () => {
    const files = await server({ '/cuts': cuts });
    const gone = await server();
    await gone.close();
    const from = downloader(`${files.host},${gone.host}`);
    expect(await failureOf(from, files.url('/cuts'))).toMatchObject({ kind: 'network', final: false });
    expect((await failureOf(from, gone.url('/a'))).kind).toBe('network');
  });

  it('are reported without path or query of the URL', async () => {
    const files = await server({
      '/secret-path': answers(500),
      '/cuts': cuts,
      '/off': redirects('http://other.example/secret-path?secret-query'),
    });
    const from = downloader(files.host);
    for (const path of ['/secret-path?secret-query', '/cuts?secret-query', '/off?secret-query']) {
      expect((await failureOf(from, files.url(path))).message).not.toContain('secret');
    }
  });

  it('an aborted call throws its signal’s reason', async () => {
    const asked: string[] = [];
    const dripping = drips();
    const files = await server({
      '/silent': (...args) => {
        asked.push('/silent');
        return saysNothing(...args);
      },
      '/drips': (...args) => {
        asked.push('/drips');
        return dripping.behaviour(...args);
      },
    });
    const from = downloader(files.host);
    for (const path of ['/silent', '/drips']) {
      const caller = new AbortController();
      const reason = new Error('enough');
      const ended = expect(fetched(from, files.url(path), caller.signal)).rejects.toBe(reason);
      await expect.poll(() => asked).toContain(path);
      caller.abort(reason);
      await ended;
    }
  });
});
