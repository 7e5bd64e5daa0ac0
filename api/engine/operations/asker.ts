import type { FastifyRequest } from 'fastify';
import { callerOf } from '../../plugins/auth.js';
import { addressOf } from '../../refusals.js';

/** Who asks for a change, as the audit keeps it. */
export interface Asker {
  readonly subject: string;
  readonly asActor: { readonly actor: string; readonly role: string; readonly remoteAddress: string };
}

export function askerOf(request: FastifyRequest): Asker {
  const { subject, role } = callerOf(request);
  return { subject, asActor: { actor: subject, role, remoteAddress: addressOf(request) } };
}
