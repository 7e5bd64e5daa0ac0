import type { KindName } from '../domain/kinds.js';
import { conversationsKind } from './conversations/kind.js';
import type { KindDependencies } from './conversations/kind.js';
import type { ActivityKind } from './engine/kind.js';

/** Registers the work of every kind of migration. */
export function createKinds(dependencies: KindDependencies): Readonly<Record<KindName, ActivityKind>> {
  return { conversations: conversationsKind(dependencies) };
}
