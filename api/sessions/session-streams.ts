import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Stop } from '../../domain/engine/clock.js';
import { SESSION_CHANNEL, openSessions } from '../../gateways/store/sessions/sessions.js';
import type { Store } from '../../gateways/store/sql/connect.js';

declare module 'fastify' {
  interface FastifyInstance {
    sessionStreams: SessionStreams;
  }
}

/** Ends a session's streams when the session ends, whichever API process ends it. */
export class SessionStreams {
  readonly #ends = new Map<string, Set<() => void>>();

  /** @param read those of the sessions that have not ended */
  constructor(private readonly read: (hashes: readonly string[]) => Promise<ReadonlySet<string>>) {}

  /** Calls `end` once the session has ended, also if that was before this call. @returns a function that ends following */
  follow(sessionHash: string, end: () => void): Stop {
    const ends = this.#ends.get(sessionHash) ?? new Set();
    this.#ends.set(sessionHash, ends.add(end));
    void this.#check([sessionHash]);
    return () => {
      ends.delete(end);
      if (ends.size === 0 && this.#ends.get(sessionHash) === ends) this.#ends.delete(sessionHash);
    };
  }

  ended(sessionHash: string): void {
    for (const end of this.#ends.get(sessionHash) ?? []) end();
  }

  /** Announcements may be lost: looks at all sessions. */
  async checkAll(): Promise<void> {
    if (this.#ends.size > 0) await this.#check([...this.#ends.keys()]);
  }

  /** Never throws: while the store is down, nobody can sign out, and the listener triggers another check once it is back. */
  async #check(hashes: readonly string[]): Promise<void> {
    const open = await this.read(hashes).catch(() => undefined);
    if (open === undefined) return;
    for (const hash of hashes) if (!open.has(hash)) this.ended(hash);
  }
}

export const sessionStreams = fp(async (app: FastifyInstance, { store }: { readonly store: Store }) => {
  const streams = new SessionStreams((hashes) => openSessions(store.control, hashes));
  app.decorate('sessionStreams', streams);
  app.storeListener.on('notified', (channel, hash) => {
    if (channel === SESSION_CHANNEL) streams.ended(hash);
  });
  app.storeListener.on('listening', () => void streams.checkAll());
});
