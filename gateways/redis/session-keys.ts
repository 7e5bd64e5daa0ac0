/** The keys of onboarding sessions in Redis. */

import { randomUUID } from 'node:crypto';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { fenceKeyOf, KEY_NAMES, keyOf } from '../../domain/onboarding/keys.js';
import type { Redis } from './client.js';

export interface SessionKeysOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly ttlSeconds: number;
}

/** Documents in the order of KEY_NAMES; undefined where there is none. */
export type Values = readonly (string | undefined)[];

/** A permit to write the keys of some sessions once each. */
export interface Permit {
  readonly token: string;
}

/** Longer than any writer takes between its permit and its writes. */
const PERMIT_SECONDS = 60;

const GUARD = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end`;
const END = `redis.call('DEL', KEYS[1])`;

const WRITE = `${GUARD}
for i = 2, #KEYS do
  if ARGV[i + 1] == '' then redis.call('DEL', KEYS[i]) else redis.call('SET', KEYS[i], ARGV[i + 1], 'EX', ARGV[2]) end
end
${END}
return 0`;

const FILL = `${GUARD}
local held = 0
for i = 2, #KEYS do
  if ARGV[i + 1] ~= '' then redis.call('SET', KEYS[i], ARGV[i + 1], 'NX') end
  held = held + redis.call('EXPIRE', KEYS[i], ARGV[2])
end
${END}
return held`;

/**
 * Writes the keys of sessions, fenced: whoever wants to write takes a permit, which replaces any other's, then makes sure that it still holds the
 * user's lock in PostgreSQL, and only then writes. A permit is used up by the write. So a writer that was overtaken or comes late writes nothing, and
 * the fence leaves no keys behind ([decision 41](docs/decisions)).
 */
export class SessionKeys {
  constructor(private readonly options: SessionKeysOptions) {}

  /** Throws TargetUnavailable, as all methods do. */
  async permit(sessionIds: readonly string[]): Promise<Permit> {
    const { redis, prefix } = this.options;
    const token = randomUUID();
    await Promise.all(
      sessionIds.map((id) => redis.call('SET', fenceKeyOf(prefix, id), token, 'EX', PERMIT_SECONDS)),
    );
    return { token };
  }

  /** Writes these documents and removes every other of the session; without documents removes all. */
  async write(sessions: ReadonlyMap<string, Values>, permit: Permit): Promise<void> {
    await Promise.all([...sessions].map(([id, values]) => this.#run(WRITE, id, values, permit)));
  }

  /** Adds missing documents, and resets the time to live of all. Returns the number of the session's keys. */
  fill(sessionId: string, values: Values, permit: Permit): Promise<number> {
    return this.#run(FILL, sessionId, values, permit);
  }

  /** The documents that exist, in the order of KEY_NAMES. */
  async read(sessionIds: readonly string[]): Promise<Values[]> {
    const { redis, prefix } = this.options;
    const found = await Promise.all(
      sessionIds.map((id) =>
        redis.call<(string | null)[]>('MGET', ...KEY_NAMES.map((name) => keyOf(prefix, id, name))),
      ),
    );
    return found.map((values) => values.map((value) => value ?? undefined));
  }

  close(): Promise<void> {
    return this.options.redis.close();
  }

  ping(timeoutMs: number): Promise<void> {
    return this.options.redis.ping(timeoutMs);
  }

  async #run(script: string, sessionId: string, values: Values, { token }: Permit): Promise<number> {
    const { redis, prefix, ttlSeconds } = this.options;
    const keys = [fenceKeyOf(prefix, sessionId), ...KEY_NAMES.map((name) => keyOf(prefix, sessionId, name))];
    const documents = KEY_NAMES.map((_name, at) => values[at] ?? '');
    const held = await redis.call<number>(
      'EVAL',
      script,
      keys.length,
      ...keys,
      token,
      ttlSeconds,
      ...documents,
    );
    if (held >= 0) return held;
    throw new CarryoverError('TargetUnavailable', 'Another writer of the session in Redis came first.');
  }
}
