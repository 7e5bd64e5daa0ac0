import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../domain/engine/clock.js';
import { type AuditActor, addAuditEntry } from '../../gateways/store/migrations/audit.js';
import {
  addSession,
  addSignInCode,
  endSession,
  readSession,
  takeSignInCode,
} from '../../gateways/store/sessions/sessions.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { type Transaction, transaction } from '../../gateways/store/sql/transaction.js';
import { Problem } from '../http/problems.js';
import { type Caller, type Role, isRole } from '../roles.js';

export type Way = 'token' | 'code' | 'oidc';

/** Who signs in, and when the session must end at the latest, in milliseconds since 1970. */
export type Identity = Pick<Caller, 'subject' | 'role' | 'expiresAt'>;

export interface Begun {
  /** The secret that the cookie holds. */
  readonly id: string;
  readonly caller: Caller;
}

export interface SignInCode {
  readonly code: string;
  readonly expiresAt: number;
}

/** Roles of people and services that operate; an app's token is for one account and has no pages. */
const MAY_SIGN_IN: ReadonlySet<Role> = new Set(['service', 'operator', 'admin']);

/** A working day. */
const LONGEST_MS = 12 * 3_600_000;
const CODE_MS = 10 * 60_000;
const SECRET_BYTES = 32;

/**
 * Signs people in and out. A session is a row of the store, so that it ends on every API process at once; the browser has a random id of which the
 * store knows the hash. The CSRF token is another hash of that id, which only our own pages can read.
 */
export class Sessions {
  constructor(
    private readonly store: Store,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /**
   * Begins a session, and ends the one that the browser had. It ends with the identity, and after twelve hours at the latest. Throws Problem 403 for the
   * role `app`; StoreUnavailable.
   */
  begin(identity: Identity, way: Way, earlierId: string | undefined, from: string): Promise<Begun> {
    return transaction(this.store.control, 'sign-in', (tx) =>
      this.#begin(tx, identity, way, earlierId, from),
    );
  }

  /** Begins a session by a code, which then is used up. Throws Problem 401 for a wrong one; StoreUnavailable. */
  async beginByCode(code: string, earlierId: string | undefined, from: string): Promise<Begun> {
    return transaction(this.store.control, 'sign-in-by-code', async (tx) => {
      const taken = await takeSignInCode(tx, hashOf(code), this.#now());
      if (taken === undefined || !isRole(taken.role))
        throw new Problem('unauthorized', 'This link was used, or has expired. Sign in with a token.');
      const { subject, role, expiresAt } = taken;
      return this.#begin(tx, { subject, role, expiresAt: expiresAt.getTime() }, 'code', earlierId, from);
    });
  }

  /** Makes a code that signs this caller in once, within ten minutes. Throws StoreUnavailable. */
  async newCode({ subject, role, expiresAt }: Identity): Promise<SignInCode> {
    const code = newSecret();
    const codeEndsAt = Math.min(expiresAt, this.clock.now() + CODE_MS);
    await transaction(this.store.control, 'add-sign-in-code', (tx) =>
      addSignInCode(tx, {
        codeHash: hashOf(code),
        subject,
        role,
        expiresAt: new Date(codeEndsAt),
        sessionEndsAt: new Date(expiresAt),
      }),
    );
    return { code, expiresAt: codeEndsAt };
  }

  /** The caller whose session it is; undefined if it has ended. Throws StoreUnavailable. */
  async find(id: string): Promise<Caller | undefined> {
    const found = await readSession(this.store.control, hashOf(id), this.#now());
    if (found === undefined || !isRole(found.role)) return undefined;
    const { subject, role, expiresAt } = found;
    return callerOf({ subject, role, expiresAt: expiresAt.getTime() }, id);
  }

  /** Ends the session on every API process. Idempotent. Throws StoreUnavailable. */
  async end(id: string, from: string): Promise<void> {
    await transaction(this.store.control, 'sign-out', async (tx) => {
      const ended = await endSession(tx, hashOf(id));
      if (ended === undefined) return;
      const { subject: actor, role } = ended;
      await audit(tx, 'sign-out', { actor, role, remoteAddress: from });
    });
  }

  async #begin(
    tx: Transaction,
    { subject, role, expiresAt }: Identity,
    way: Way,
    earlierId: string | undefined,
    from: string,
  ): Promise<Begun> {
    if (!MAY_SIGN_IN.has(role)) {
      throw new Problem(
        'forbidden',
        `The role ${role} has no dashboard. Sign in with the role operator or admin.`,
      );
    }
    if (earlierId !== undefined) await endSession(tx, hashOf(earlierId));
    const id = newSecret();
    const ends = Math.min(expiresAt, this.clock.now() + LONGEST_MS);
    await addSession(tx, { idHash: hashOf(id), subject, role, way, expiresAt: new Date(ends) });
    await audit(tx, 'sign-in', { actor: subject, role, remoteAddress: from }, way);
    return { id, caller: callerOf({ subject, role, expiresAt: ends }, id) };
  }

  #now(): Date {
    return new Date(this.clock.now());
  }
}

/** What a page must send with each request that changes something. */
export function csrfToken(id: string): string {
  return createHash('sha256').update(`csrf ${id}`).digest('base64url');
}

export function isCsrfToken(given: unknown, id: string): boolean {
  if (typeof given !== 'string') return false;
  const [sent, right] = [Buffer.from(given), Buffer.from(csrfToken(id))];
  return sent.length === right.length && timingSafeEqual(sent, right);
}

function audit(tx: Transaction, action: 'sign-in' | 'sign-out', actor: AuditActor, way?: Way): Promise<void> {
  return addAuditEntry(tx, { migration: undefined, action, ...actor, ...(way && { details: { way } }) });
}

/** Limits count the person, by token or session. */
function callerOf({ subject, role, expiresAt }: Identity, id: string): Caller {
  const key = JSON.stringify([role, subject, undefined]);
  return { subject, role, expiresAt, key, sessionHash: hashOf(id) };
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
