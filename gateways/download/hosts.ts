import { isIP } from 'node:net';

/** The hosts from which files may be fetched. */
export interface AttachmentHosts {
  /** Whether the URL's host and port are listed. */
  lists(url: URL): boolean;
  /** Whether the address itself is listed, not just a name that resolves to it. */
  listsAddress(address: string): boolean;
  readonly size: number;
}

interface Entry {
  readonly hostname: string;
  /** Undefined: the default port of http and of https. */
  readonly port: string | undefined;
}

/**
 * Parses `ATTACHMENT_HOSTS`: host names or addresses, separated by commas, each with a port unless it is the default one, e.g. `files.example.com,
 * 10.0.0.7:8080, [::1]:9000`. An empty text lists no host.
 *
 * @throws Error naming every invalid entry and the reason
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
  if (problems.length > 0) throw new Error(`ATTACHMENT_HOSTS is invalid: ${problems.join('; ')}.`);
  return {
    size: entries.length,
    lists: (url) => entries.some((entry) => matches(entry, url)),
    listsAddress: (address) => entries.some((entry) => entry.hostname === bracketed(address)),
  };
}

/** The entry, or why it is invalid. */
function parseEntry(entry: string): Entry | string {
  if (entry.includes('://'))
    return 'has a scheme; write only the host, with its port unless it is the default one';
  if (entry.includes('*')) return 'has a wildcard; list each host by its own name';
  if (/[@/?#\\\s%]/.test(entry)) return 'is more than a host with a port';
  const port = /:(\d*)$/.exec(entry.replace(/^\[[^\]]*\]/, ''))?.[1];
  if (port !== undefined && !isPort(port)) return 'has an invalid port; use 1 to 65535';
  if (isIP(entry) === 6)
    return 'is an IPv6 address without brackets; write it as [address] or [address]:port';
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

/** As URLs write it. */
function bracketed(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname : address;
}
