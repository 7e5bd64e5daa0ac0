import { Problem } from '../../problems.js';
import type { ApiKind } from '../kind.js';

/** A call that the kind does not have; of a migration that is not there: that. */
export async function lacks(kind: ApiKind, key: string, call: string): Promise<Problem> {
  await kind.assertKnown(key);
  const { retry, undo, verification } = kind.steered;
  const traits = Object.entries({ retry, undo, verify: verification }).filter(([, trait]) => trait);
  const had = ['pause', 'resume', 'cancel', ...traits.map(([name]) => name)].toSorted();
  return new Problem('conflict', `The kind ${kind.name} does not have ${call}. It has: ${had.join(', ')}.`);
}
