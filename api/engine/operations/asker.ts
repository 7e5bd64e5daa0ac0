import type { FastifyRequest } from 'fastify';
import { timestamp } from '../../../domain/engine/clock.js';
import { callerOf } from '../../plugins/auth.js';
import { addressOf } from '../../http/refusals.js';

/** Who requests a change and when, as the audit and workflows record it. */
export interface Asker {
  readonly subject: string;
  /** ISO 8601. */
  readonly at: string;
  readonly asActor: { readonly actor: string; readonly role: string; readonly remoteAddress: string };
}

export function askerOf(request: FastifyRequest): Asker {
  const { subject, role } = callerOf(request);
  const at = timestamp(request.server.clock);
  return { subject, at, asActor: { actor: subject, role, remoteAddress: addressOf(request) } };
}
