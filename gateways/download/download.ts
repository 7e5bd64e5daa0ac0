import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { guardedConnector, systemResolve, type Resolve } from './connect.js';
import { downloadError, DownloadError } from './failures.js';
import type { AttachmentHosts } from './hosts.js';

export interface DownloadOptions {
  readonly hosts: AttachmentHosts;
  /** Larger files are not fetched. Default 100 MB. */
  readonly maxBytes?: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
  /** From sending the request to receiving the response headers. */
  readonly headersTimeoutMs?: number | undefined;
  /** The longest gap between two chunks of the body, not counting time in which the caller does not read. */
  readonly stallTimeoutMs?: number | undefined;
  /** For the whole download, including redirects. */
  readonly totalTimeoutMs?: number | undefined;
  readonly resolve?: Resolve | undefined;
}

export interface Download {
  /** The declared type, as the server sent it. */
  readonly contentType: string | undefined;
  /** The file's bytes as a stream. Read it to its end or leave it with `return`. Throws DownloadError, or the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Downloader {
  /** Sends a GET and follows up to five redirects, each to a listed host. Throws DownloadError, or the signal's reason when it is aborted. */
  open(url: string, signal?: AbortSignal): Promise<Download>;
  /** What `open` would throw for the URL before it makes a request; undefined when it would make one. */
  refusal(url: string): DownloadError | undefined;
  /** Aborts running downloads and closes their connections. */
  close(): Promise<void>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** No compression: the file is stored as sent, and a small response cannot expand into a huge file. */
const HEADERS = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'carryover' };

/** Downloads files from untrusted servers: only from listed hosts and checked addresses, within limits of time and size. */
export function openDownloader(options: DownloadOptions): Downloader {
  const limits = {
    maxBytes: options.maxBytes ?? 100 * 1024 * 1024,
    headersTimeoutMs: options.headersTimeoutMs ?? 10_000,
    totalTimeoutMs: options.totalTimeoutMs ?? 5 * 60_000,
  };
  const agent = new Agent({
    connect: guardedConnector({
      hosts: options.hosts,
      resolve: options.resolve ?? systemResolve,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    }),
    headersTimeout: limits.headersTimeoutMs,
    bodyTimeout: options.stallTimeoutMs ?? 30_000,
    maxHeaderSize: 32 * 1024,
    allowH2: false,
  });
  return {
    open: (url, signal) => openFile({ agent, hosts: options.hosts, limits }, url, signal),
    refusal: (url) => refusalOfTarget(url, options.hosts),
    close: () => agent.destroy(),
  };
}

interface Means {
  readonly agent: Agent;
  readonly hosts: AttachmentHosts;
  readonly limits: {
    readonly maxBytes: number;
    readonly headersTimeoutMs: number;
    readonly totalTimeoutMs: number;
  };
}

async function openFile(means: Means, url: string, caller: AbortSignal | undefined): Promise<Download> {
  const clock = AbortSignal.timeout(means.limits.totalTimeoutMs);
  const signal = caller === undefined ? clock : AbortSignal.any([clock, caller]);
  let target = allowedTarget(url, undefined, means.hosts);
  for (let redirects = 0; ; redirects += 1) {
    const settle = (error: unknown): unknown => settleError(error, { caller, clock, host: target.host });
    const answer = await request(target, { dispatcher: means.agent, signal, headers: HEADERS }).catch(
      (error: unknown) => {
        throw settle(error);
      },
    );
    if (!REDIRECTS.has(answer.statusCode))
      return acceptAnswer(answer, target.host, means.limits.maxBytes, settle);
    discard(answer.body);
    if (redirects === MAX_REDIRECTS) {
      throw new DownloadError('redirect', `${target.host} redirects more than ${MAX_REDIRECTS} times.`);
    }
    target = allowedTarget(locationOf(answer, target.host), target, means.hosts);
  }
}

/** @throws DownloadError when the URL must not be called */
function allowedTarget(text: string, from: URL | undefined, hosts: AttachmentHosts): URL {
  const source = from === undefined ? 'The URL' : `A redirect from ${from.host}`;
  const url = URL.canParse(text, from?.href) ? new URL(text, from) : undefined;
  if (url === undefined) throw new DownloadError('bad-url', `${source} is not a valid URL.`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new DownloadError('bad-url', `${source} is neither http nor https (${url.protocol.slice(0, 20)}).`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new DownloadError('bad-url', `${source} holds credentials, which are never sent.`);
  }
  if (!hosts.lists(url)) {
    const leads = from === undefined ? `${url.host} is` : `${from.host} redirects to ${url.host}, which is`;
    throw new DownloadError('host-not-allowed', `${leads} not listed in ATTACHMENT_HOSTS.`);
  }
  return url;
}

function refusalOfTarget(text: string, hosts: AttachmentHosts): DownloadError | undefined {
  try {
    allowedTarget(text, undefined, hosts);
    return undefined;
  } catch (error) {
    if (error instanceof DownloadError) return error;
    throw error;
  }
}

type Answer = Awaited<ReturnType<typeof request>>;

function locationOf({ headers, statusCode: status }: Answer, host: string): string {
  const location = headers['location'];
  const first = Array.isArray(location) ? location[0] : location;
  if (!first) throw new DownloadError('redirect', `${host} redirects without a Location header.`, { status });
  return first;
}

type Settle = (error: unknown) => unknown;

function acceptAnswer(
  { statusCode: status, headers, body }: Answer,
  host: string,
  maxBytes: number,
  settle: Settle,
): Download {
  const refusal =
    status === 200 || status === 203 ? declaredTooLarge(headers, host, maxBytes) : refusalOf(status, host);
  if (refusal) {
    discard(body);
    throw refusal;
  }
  const type = headers['content-type'];
  return {
    contentType: Array.isArray(type) ? type[0] : type,
    body: boundedBody(body, host, maxBytes, settle),
  };
}

function declaredTooLarge(
  headers: Answer['headers'],
  host: string,
  maxBytes: number,
): DownloadError | undefined {
  return Number(headers['content-length']) > maxBytes ? tooLarge(host, maxBytes) : undefined;
}

function refusalOf(status: number, host: string): DownloadError {
  const passing = status < 400 || status >= 500 || [408, 425, 429].includes(status);
  return new DownloadError(passing ? 'server-error' : 'not-found', `${host} answered ${status}.`, { status });
}

function tooLarge(host: string, maxBytes: number): DownloadError {
  return new DownloadError('too-large', `The file from ${host} is larger than ${maxBytes} bytes.`);
}

async function* boundedBody(
  body: Readable,
  host: string,
  maxBytes: number,
  settle: Settle,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge(host, maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw settle(error);
  } finally {
    discard(body);
  }
}

/** Attributes the end of a call to the caller, the clock or the server. */
function settleError(
  error: unknown,
  by: { caller: AbortSignal | undefined; clock: AbortSignal; host: string },
): unknown {
  if (error instanceof DownloadError) return error;
  if (by.caller?.aborted) return by.caller.reason;
  if (by.clock.aborted) return new DownloadError('timeout', `${by.host} took too long to send the file.`);
  return downloadError(error, by.host);
}

function discard(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}
