import { isIP } from 'node:net';

/** The hosts that files may be fetched from, and what each says about addresses. */
export interface AttachmentHosts {
  /** Whether the URL's host and port are listed. */
  lists(url: URL): boolean;
  /** Whether that very address, and not only a name for it, is listed. */
  listsAddress(address: string): boolean;
  readonly size: number;
}

interface Entry {
  readonly hostname: string;
  /** Undefined: the usual one of http and of https. */
  readonly port: string | undefined;
}

/**
 * `ATTACHMENT_HOSTS`: host names or addresses, with a port where it is not the usual one, separated by commas, e.g.
 * `files.example.com, 10.0.0.7:8080, [::1]:9000`. Empty text lists no host at all.
 *
 * @throws Error naming every entry that is none, and why.
 */
export function parseAttachmentHosts(text: string): AttachmentHosts {
  const problems: string[] = [];
  const entries: Entry[] = [];
  for (const part of text.split(',')) {
    const entry = part.trim();
    if (entry === '') continue;
    const parsed = parseEntry(entry);
    if (typeof parsed === 'string') problems.push(`${JSON.stringify(entry)} ${parsed}`);
    else entries.push(parsed);
  }
  if (problems.length > 0) throw new Error(`ATTACHMENT_HOSTS is wrong: ${problems.join('; ')}.`);
  return {
    size: entries.length,
    lists: (url) => entries.some((entry) => matches(entry, url)),
    listsAddress: (address) => entries.some((entry) => entry.hostname === bracketed(address)),
  };
}

/** The entry, or what is wrong with it. */
function parseEntry(entry: string): Entry | string {
  if (entry.includes('://'))
    return 'has a scheme; write the host alone, with its port where it is not the usual one';
  if (entry.includes('*')) return 'has a wildcard; write each host by its own name';
  if (/[@/?#\\\s%]/.test(entry)) return 'is more than a host with a port';
  const port = /:(\d*)$/.exec(entry.replace(/^\[[^\]]*\]/, ''))?.[1];
  if (port !== undefined && !isPort(port)) return 'has a port that is none (1 to 65535)';
  if (isIP(entry) === 6)
    return 'is an IPv6 address without its brackets; write it as [address] or [address]:port';
  const url = URL.canParse(`http://${entry}`) ? new URL(`http://${entry}`) : undefined;
  if (url === undefined || url.hostname === '') return 'is not a host name or address';
  return { hostname: url.hostname, port };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function matches(entry: Entry, url: URL): boolean {
  if (entry.hostname !== url.hostname) return false;
  return entry.port === undefined ? url.port === '' : Number(entry.port) === portOf(url);
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** As a URL writes it. */
function bracketed(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname : address;
}
