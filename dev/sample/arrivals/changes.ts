import { Type, type Static } from 'typebox';
import type { LooseItem } from '../contract.js';
import type { SampleAccount } from '../generator/account.js';

const Item = Type.Record(Type.String(), Type.Unknown());
const Table = Type.Union([Type.Literal('threads'), Type.Literal('messages')]);

/** A record that is written, or removed by its key. */
export const Write = Type.Union([
  Type.Object({ table: Table, put: Item }),
  Type.Object({ table: Table, remove: Type.Record(Type.String(), Type.String()) }),
]);
export type Write = Static<typeof Write>;

const ChangeKind = Type.Union([
  Type.Literal('message'),
  Type.Literal('thread'),
  Type.Literal('edit'),
  Type.Literal('deletion'),
]);
export type ChangeKind = Static<typeof ChangeKind>;

/** An action of somebody at Conversations. Its writes put whole records, so they are idempotent. */
export const Change = Type.Object({
  kind: ChangeKind,
  /** ISO 8601. */
  at: Type.String({ minLength: 1 }),
  thread_id: Type.String({ minLength: 1 }),
  writes: Type.Array(Write, { minItems: 1 }),
});
export type Change = Static<typeof Change>;

type Records = Pick<SampleAccount, 'payload' | 'threads' | 'messages'>;

/** The account with its records after the changes: what the tables hold once all are written. */
export function withChanges(account: Records, changes: readonly Change[]): Records {
  const last = lastWrites(changes);
  function* changed(table: Write['table'], records: Iterable<LooseItem>): Generator<LooseItem> {
    const left = new Map(last[table]);
    for (const record of records) {
      const key = keyOf(table, record);
      const write = left.get(key);
      left.delete(key);
      if (write === undefined) yield record;
      else if ('put' in write) yield write.put;
    }
    for (const write of left.values()) if ('put' in write) yield write.put;
  }
  return {
    payload: account.payload,
    threads: () => changed('threads', account.threads()),
    messages: () => changed('messages', account.messages()),
  };
}

/** How many more messages there are after the changes. */
export function messagesMore(changes: readonly Change[]): number {
  const sent = changes.filter(({ kind }) => kind === 'message' || kind === 'thread').length;
  return sent - changes.filter(({ kind }) => kind === 'deletion').length;
}

/** The last write, by table and key. */
export function lastWrites(
  changes: readonly Change[],
): Readonly<Record<Write['table'], ReadonlyMap<string, Write>>> {
  const last = { threads: new Map<string, Write>(), messages: new Map<string, Write>() };
  for (const write of changes.flatMap(({ writes }) => writes))
    last[write.table].set(keyOf(write.table, 'put' in write ? write.put : write.remove), write);
  return last;
}

const KEYS = { threads: ['brand_id', 'thread_id'], messages: ['thread_id', 'message_key'] } as const;

/** The attributes of the record's key. */
export function keyAttributes(table: Write['table'], record: LooseItem): Record<string, string> {
  return Object.fromEntries(KEYS[table].map((name) => [name, String(record[name])]));
}

/** Identifies a record in its table. */
export function keyOf(table: Write['table'], record: LooseItem): string {
  return Object.values(keyAttributes(table, record)).join('/');
}
