/** A parsed address: one server, the nodes of a cluster, or Sentinels that know the server. */

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface Common {
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export type RedisAddress =
  | { readonly of: 'server'; readonly url: string }
  | (Common & { readonly of: 'cluster'; readonly nodes: readonly RedisNode[] })
  | (Common & {
      readonly of: 'sentinels';
      readonly nodes: readonly RedisNode[];
      /** The name that the Sentinels have for the server. */
      readonly master: string;
      readonly database: number;
    });

export const FORMS =
  'redis(s)://host:port, redis(s)+cluster://host:port,host:port or redis(s)+sentinel://host:port,host:port/master';

const PARTS = /^redis(s?)\+(cluster|sentinel):\/\/(?:([^@/]*)@)?([^@/]+)(?:\/([^/]*)(?:\/(\d+))?)?$/;
const NODE = /^(\[[\da-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/;
const PORTS = { cluster: 6_379, sentinel: 26_379 };

/** Throws an Error that says what the address must be, without its password. */
export function parseRedisAddress(text: string): RedisAddress {
  if (/^rediss?:\/\/./.test(text) && URL.canParse(text)) return { of: 'server', url: text };
  const [, s, kind, login, hosts = '', path = '', database] = PARTS.exec(text) ?? [];
  if (kind !== 'cluster' && kind !== 'sentinel') throw new Error(`it must be ${FORMS}`);
  const [username, password] = login === undefined ? [] : loginOf(login);
  const common = {
    tls: s === 's',
    username: username === '' ? undefined : username,
    password,
    nodes: hosts.split(',').map((host) => nodeOf(host, PORTS[kind])),
  };
  if (kind === 'cluster') {
    if (path !== '' || database !== undefined) throw new Error('a cluster has one database, without a name');
    return { ...common, of: 'cluster' };
  }
  if (path === '') throw new Error('after the Sentinels it must name the master: redis+sentinel://…/master');
  return { ...common, of: 'sentinels', master: decodeURIComponent(path), database: Number(database ?? 0) };
}

function loginOf(login: string): [username: string, password: string | undefined] {
  const at = login.indexOf(':');
  if (at === -1) return [decodeURIComponent(login), undefined];
  return [decodeURIComponent(login.slice(0, at)), decodeURIComponent(login.slice(at + 1))];
}

function nodeOf(text: string, preset: number): RedisNode {
  const [, host, port] = NODE.exec(text) ?? [];
  if (host === undefined || Number(port ?? preset) > 65_535)
    throw new Error(`it must be ${FORMS}; ${JSON.stringify(text)} is no host with a port`);
  return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port ?? preset) };
}
