import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { plainWords } from '../../../domain/engine/plain-words.js';

/** Codes of the driver, the network and Prisma for a store that is temporarily unusable. */
const UNAVAILABLE_CODES = new Set(
  [
    'ECONNREFUSED ECONNRESET ENOTFOUND EAI_AGAIN ETIMEDOUT EPIPE EHOSTUNREACH ENETUNREACH ENOENT',
    // Serialization failure and deadlock, read-only standby, lock and statement timeouts, idle timeout, database does not exist yet, I/O.
    '40001 40P01 25006 25P03 25P04 55P03 57014 3D000 58030',
    'P1000 P1001 P1002 P1003 P1008 P1010 P1011 P1017 P2024 P2028 P2034 P2037',
  ].flatMap((codes) => codes.split(' ')),
);
/** What an operator can do. Prisma's codes have the same meaning as the SQLSTATEs beside them. */
const HINTS: readonly (readonly [codes: RegExp, hint: string])[] = [
  [
    /^(42P01|42703|42883|3F000|P2021|P2022)$/,
    'its schema is missing or not the one of this version, run: carryover db migrate',
  ],
  [/^(42501|P1010)$/, 'the role of DATABASE_URL lacks a right'],
  [/^(28...|P1000)$/, 'it refuses the user or password of DATABASE_URL'],
  [/^(3D000|P1003)$/, 'the database of DATABASE_URL does not exist'],
  [/^25006$/, 'it is read-only'],
];
/** Connection lost, authentication, no resources, shutting down or starting up. */
const UNAVAILABLE_CLASSES = /^(08|28|53)...$|^57P..$/;
/** pg's messages without a code. */
const UNAVAILABLE_WORDS =
  /connection terminated|connection error|timeout expired|timeout exceeded when trying to connect|query read timeout|client has encountered|transaction (already closed|not found)|unable to start a transaction/i;

/**
 * Converts an error of pg or Prisma: `StoreUnavailable` for what is temporary (no connection, no space, shutting down, a deadlock), otherwise
 * `Unexpected`. Returns a CarryoverError unchanged. The message contains only codes and names of constraints, because PostgreSQL's messages may quote
 * a row.
 */
export function storeError(error: unknown): CarryoverError {
  if (error instanceof CarryoverError) return error;
  const facts = factsOf(error);
  const code = [...facts.codes].join(', ');
  if (isUnavailable(facts)) {
    const what = code || 'the connection was lost';
    const message = `The store is unavailable (${what})${hintFor(facts)}.`;
    return new CarryoverError('StoreUnavailable', message, { cause: error });
  }
  if (!facts.fromStore) {
    return new CarryoverError('Unexpected', plainWords(error), { cause: error });
  }
  const where = facts.constraint === undefined ? '' : `, constraint ${facts.constraint}`;
  const message = `The store refused a statement (${code || 'no code'}${where})${hintFor(facts)}.`;
  return new CarryoverError('Unexpected', message, { cause: error });
}

/** Whether the error comes from pg or Prisma, whose messages may quote a row. */
export function isStoreError(error: unknown): boolean {
  return factsOf(error).fromStore;
}

interface Facts {
  /** SQLSTATEs, Prisma's and the operating system's codes, outermost first. */
  readonly codes: Set<string>;
  readonly messages: string[];
  constraint: string | undefined;
  fromStore: boolean;
}

/** Prisma nests the driver's error under `cause`, `meta` or `driverAdapterError`. */
function factsOf(error: unknown): Facts {
  const facts: Facts = { codes: new Set(), messages: [], constraint: undefined, fromStore: false };
  const open: unknown[] = [error];
  for (let looked = 0; open.length > 0 && looked < 20; looked++) {
    const layer = open.shift();
    if (typeof layer !== 'object' || layer === null) continue;
    const fields = layer as Record<string, unknown>;
    for (const name of ['code', 'originalCode', 'errorCode']) {
      if (typeof fields[name] === 'string' && fields[name] !== 'N/A') facts.codes.add(fields[name]);
    }
    if (typeof fields['message'] === 'string') facts.messages.push(fields['message']);
    if (typeof fields['originalMessage'] === 'string') facts.messages.push(fields['originalMessage']);
    if (typeof fields['constraint'] === 'string') facts.constraint ??= fields['constraint'];
    if (/^PrismaClient|^DriverAdapterError/.test(nameOf(layer)) || typeof fields['severity'] === 'string')
      facts.fromStore = true;
    if (typeof fields['kind'] === 'string' && UNAVAILABLE_KINDS.has(fields['kind']))
      facts.codes.add(fields['kind']);
    open.push(fields['cause'], fields['meta'], fields['driverAdapterError']);
    if (Array.isArray(fields['errors'])) open.push(...(fields['errors'] as unknown[]));
  }
  return facts;
}

/** The adapter's own kinds, for errors without a code. */
const UNAVAILABLE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'TransactionWriteConflict',
]);

function hintFor({ codes }: Facts): string {
  const hint = HINTS.find(([pattern]) => [...codes].some((code) => pattern.test(code)));
  return hint ? `: ${hint[1]}` : '';
}

function isUnavailable(facts: Facts): boolean {
  for (const code of facts.codes) {
    if (UNAVAILABLE_CODES.has(code) || UNAVAILABLE_CLASSES.test(code) || UNAVAILABLE_KINDS.has(code))
      return true;
  }
  return facts.messages.some((message) => UNAVAILABLE_WORDS.test(message));
}

function nameOf(layer: object): string {
  return layer instanceof Error ? layer.name : (layer.constructor?.name ?? '');
}
