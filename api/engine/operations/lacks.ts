import { Problem } from '../../http/problems.js';
import type { ApiKind } from '../kind.js';

/** The Problem 409 for a call that the kind does not have. Throws Problem 404 for an unknown migration. */
export async function lacks(kind: ApiKind, key: string, call: string): Promise<Problem> {
  await kind.assertKnown(key);
  const had = traitsOf(kind).toSorted();
  return new Problem('conflict', `The kind ${kind.name} has no ${call}. It has: ${had.join(', ')}.`);
}

/** The calls that steer a migration of the kind. */
export function steeringsOf(kind: ApiKind): string[] {
  return [...traitsOf(kind), ...(kind.furtherSteerings ?? [])];
}

function traitsOf({ steered: { retry, undo, verification } }: ApiKind): string[] {
  const traits = Object.entries({ retry, verify: verification, undo }).filter(([, trait]) => trait);
  return ['pause', 'resume', 'cancel', ...traits.map(([name]) => name)];
}
