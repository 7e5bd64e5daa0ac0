import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { answers, redirects, serves } from './download-server.js';
import { closeAfterEach, downloader, failureOf, fetched, resolvesTo, server } from './downloads.js';

closeAfterEach();

describe('forbidden addresses are not called', () => {
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

  it('a listed host’s redirect to another port, host or metadata service', async () => {
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

  it('a listed name that resolves to a link-local or metadata address, also as one of several', async () => {
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

  it('a listed name that resolves to private and public addresses, at once or in turn', async () => {
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

  it('an address that is never called, unless it is listed', async () => {
    const files = await server({ '/a': serves('a') });
    const port = files.host.split(':')[1];
    const refused = downloader(`zero.example:${port}`, { resolve: resolvesTo(['0.0.0.0']) });
    expect((await failureOf(refused, `http://zero.example:${port}/a`)).kind).toBe('address-not-allowed');
    const named = downloader(`0.0.0.0:${port}`);
    expect(String(await fetched(named, `http://0.0.0.0:${port}/a`))).toBe('a');
  });

  it('a second address of the name after the first was checked', async () => {
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
