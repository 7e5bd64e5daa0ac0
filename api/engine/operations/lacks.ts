import { Problem } from '../../http/problems.js';
import type { ApiKind } from '../kind.js';

/** The Problem 409 for a call that the kind does not have. Throws Problem 404 for an unknown migration. */
export async function lacks(kind: ApiKind, key: string, call: string): Promise<Problem> {
  await kind.assertKnown(key);
  const { retry, undo, verification } = kind.steered;
  const traits = Object.entries({ retry, undo, verify: verification }).filter(([, trait]) => trait);
  const had = ['pause', 'resume', 'cancel', ...traits.map(([name]) => name)].toSorted();
  return new Problem('conflict', `The kind ${kind.name} has no ${call}. It has: ${had.join(', ')}.`);
}
