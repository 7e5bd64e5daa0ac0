import type { LookupAddress } from 'node:dns';
import { afterEach, expect } from 'vitest';
import { openDownloader, type Downloader, type DownloadOptions } from '../../gateways/download/download.js';
import { DownloadError } from '../../gateways/download/failures.js';
import { parseAttachmentHosts } from '../../gateways/download/hosts.js';
import { startFileServer, type Behaviour, type FileServer } from './download-server.js';

const open: { close(): Promise<void> }[] = [];

/** Closes after each test of a file what it has opened. */
export function closeAfterEach(): void {
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
  });
}

/** Closed after the test. */
export async function server(behaviours: Record<string, Behaviour> = {}): Promise<FileServer> {
  const started = await startFileServer(behaviours);
  open.push(started);
  return started;
}

/** Closed after the test. */
export function downloader(hosts: string, options: Partial<DownloadOptions> = {}): Downloader {
  const opened = openDownloader({ hosts: parseAttachmentHosts(hosts), ...options });
  open.push(opened);
  return opened;
}

export async function fetched(from: Downloader, url: string, signal?: AbortSignal): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of (await from.open(url, signal)).body) parts.push(part);
  return Buffer.concat(parts);
}

export async function failureOf(from: Downloader, url: string): Promise<DownloadError> {
  const error = await fetched(from, url).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DownloadError);
  return error as DownloadError;
}

/** A resolver that answers these lists of addresses one after the other, and repeats the last one. */
export const resolvesTo =
  (...answersInTurn: string[][]) =>
  async (): Promise<LookupAddress[]> => {
    const addresses = answersInTurn.length > 1 ? answersInTurn.shift() : answersInTurn[0];
    return (addresses ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
