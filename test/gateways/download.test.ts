import { randomBytes } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { openDownloader, type Downloader, type DownloadOptions } from '../../gateways/download/download.js';
import { DownloadError } from '../../gateways/download/failures.js';
import { parseAttachmentHosts } from '../../gateways/download/hosts.js';
import {
  answers,
  cuts,
  drips,
  endless,
  redirects,
  saysNothing,
  serves,
  stalls,
  startFileServer,
  type Behaviour,
  type FileServer,
} from './download-server.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function server(behaviours: Record<string, Behaviour> = {}): Promise<FileServer> {
  const started = await startFileServer(behaviours);
  open.push(started);
  return started;
}

function downloader(hosts: string, options: Partial<DownloadOptions> = {}): Downloader {
  const opened = openDownloader({ hosts: parseAttachmentHosts(hosts), ...options });
  open.push(opened);
  return opened;
}

async function fetched(from: Downloader, url: string, signal?: AbortSignal): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of (await from.open(url, signal)).body) parts.push(part);
  return Buffer.concat(parts);
}

async function failureOf(from: Downloader, url: string): Promise<DownloadError> {
  const error = await fetched(from, url).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DownloadError);
  return error as DownloadError;
}

const resolvesTo =
  (...answersInTurn: string[][]) =>
  async (): Promise<LookupAddress[]> => {
    const addresses = answersInTurn.length > 1 ? answersInTurn.shift() : answersInTurn[0];
    return (addresses ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };

describe('a file of a listed host', () => {
  it('comes byte for byte, with the type that the server declares', async () => {
    const bytes = randomBytes(3_000_000);
    const files = await server({ '/a': serves(bytes, 'image/png') });
    const from = downloader(files.host);
    expect((await from.open(files.url('/a'))).contentType).toBe('image/png');
    expect((await fetched(from, files.url('/a'))).equals(bytes)).toBe(true);
  });

  it('is asked for without cookies, credentials or compression', async () => {
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

  it('is not unpacked, whatever the server says about it', async () => {
    const packed = gzipSync(Buffer.alloc(5_000_000));
    const files = await server({
      '/bomb': (_request, response) =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    });
    expect(
      (await fetched(downloader(files.host, { maxBytes: 10_000 }), files.url('/bomb'))).equals(packed),
    ).toBe(true);
  });

  it('may be redirected to a listed host, five times', async () => {
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

  it('has a private address, where the listed name leads to one', async () => {
    const files = await server({ '/a': serves('inside') });
    const port = files.host.split(':')[1];
    const from = downloader(`files.internal.example:${port}`, { resolve: resolvesTo(['127.0.0.1']) });
    expect(String(await fetched(from, `http://files.internal.example:${port}/a`))).toBe('inside');
  });
});

describe('what must not be called is not called', () => {
  it('a host that is not listed', async () => {
    const files = await server({ '/a': serves('a') });
    const failure = await failureOf(downloader('files.example.com'), files.url('/a'));
    expect(failure).toMatchObject({ kind: 'host-not-allowed', final: true });
    expect(files.asked).toEqual([]);
  });

  it('another port of a listed host', async () => {
    const [listed, other] = [await server(), await server({ '/a': serves('a') })];
    expect((await failureOf(downloader(listed.host), other.url('/a'))).kind).toBe('host-not-allowed');
    expect(other.asked).toEqual([]);
  });

  it('what a listed host redirects to, be it another port, host or metadata service', async () => {
    const secret = await server({ '/a': serves('secret') });
    const files = await server({
      '/port': redirects(secret.url('/a')),
      '/meta': redirects('http://169.254.169.254/latest/meta-data/'),
    });
    const from = downloader(files.host);
    for (const path of ['/port', '/meta']) {
      expect((await failureOf(from, files.url(path))).kind).toBe('host-not-allowed');
    }
    expect(secret.asked).toEqual([]);
  });

  it('anything but http and https, and URLs with credentials, also after a redirect', async () => {
    const files = await server({
      '/file': redirects('file:///etc/passwd'),
      '/ftp': redirects('ftp://127.0.0.1/a'),
      '/user': (request, response) =>
        redirects(`http://me:word@${request.headers.host}/a`)(request, response),
      '/none': answers(302),
    });
    const from = downloader(files.host);
    for (const url of [
      'file:///etc/passwd',
      'data:text/plain,a',
      'no url',
      '',
      `http://me:word@${files.host}/a`,
    ]) {
      expect((await failureOf(from, url)).kind).toBe('bad-url');
    }
    for (const path of ['/file', '/ftp', '/user'])
      expect((await failureOf(from, files.url(path))).kind).toBe('bad-url');
    expect((await failureOf(from, files.url('/none'))).kind).toBe('redirect');
    expect(files.asked.map(({ path }) => path)).toEqual(['/file', '/ftp', '/user', '/none']);
  });

  it('a listed name that leads to a link-local or metadata address, also as one of several', async () => {
    for (const addresses of [
      ['169.254.169.254'],
      ['127.0.0.1', '169.254.169.254'],
      ['::ffff:169.254.169.254'],
      ['fd00:ec2::254'],
    ]) {
      const from = downloader('files.example.com', { resolve: resolvesTo(addresses) });
      const failure = await failureOf(from, 'http://files.example.com/a');
      expect(failure).toMatchObject({ kind: 'address-not-allowed', final: true });
    }
  });

  it('a listed name that leads to private and to public addresses, at once or one after the other', async () => {
    const files = await server({ '/a': serves('a') });
    const port = files.host.split(':')[1];
    const mixed = downloader(`files.example.com:${port}`, {
      resolve: resolvesTo(['93.184.216.34', '127.0.0.1']),
    });
    expect((await failureOf(mixed, `http://files.example.com:${port}/a`)).kind).toBe('address-not-allowed');
    expect(files.asked).toEqual([]);
    files.on('/a', answers(200, { connection: 'close' }));
    const changed = downloader(`files.example.com:${port}`, {
      resolve: resolvesTo(['127.0.0.1'], ['93.184.216.34']),
    });
    await fetched(changed, `http://files.example.com:${port}/a`);
    expect((await failureOf(changed, `http://files.example.com:${port}/a`)).kind).toBe('address-not-allowed');
  });

  it('an address that is never called, unless that very address is listed', async () => {
    const files = await server({ '/a': serves('a') });
    const port = files.host.split(':')[1];
    const refused = downloader(`zero.example:${port}`, { resolve: resolvesTo(['0.0.0.0']) });
    expect((await failureOf(refused, `http://zero.example:${port}/a`)).kind).toBe('address-not-allowed');
    const named = downloader(`0.0.0.0:${port}`);
    expect(String(await fetched(named, `http://0.0.0.0:${port}/a`))).toBe('a');
  });

  it('a second address that the name answers after the first was looked at', async () => {
    const files = await server({ '/a': serves('first') });
    const port = files.host.split(':')[1];
    let lookups = 0;
    const resolve = async (): Promise<LookupAddress[]> => {
      lookups += 1;
      return [{ address: lookups === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
    };
    const from = downloader(`files.example.com:${port}`, { resolve });
    expect(String(await fetched(from, `http://files.example.com:${port}/a`))).toBe('first');
    expect(lookups).toBe(1);
  });
});

describe('what goes wrong has a kind', () => {
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

  it('an endless file, and one that says it is too large, are too large', async () => {
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

  it('silence, a stall and a drip that never ends are timeouts', async () => {
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

  it('a cut connection and a file shorter than it was said to be are the network', async () => {
    const files = await server({ '/cuts': cuts });
    const gone = await server();
    await gone.close();
    const from = downloader(`${files.host},${gone.host}`);
    expect(await failureOf(from, files.url('/cuts'))).toMatchObject({ kind: 'network', final: false });
    expect((await failureOf(from, gone.url('/a'))).kind).toBe('network');
  });

  it('never tells the path or query of a URL', async () => {
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

  it('an aborted call throws the reason of its signal', async () => {
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
