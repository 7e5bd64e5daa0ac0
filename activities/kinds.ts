import type { KindName } from '../domain/kinds.js';
import { conversationsKind } from './conversations/kind.js';
import type { KindDependencies } from './conversations/kind.js';
import type { ActivityKind } from './engine/kind.js';

/** Registers the kinds whose units go through the engine's lanes; `onboarding` has batches of its own. */
export function createKinds(
  dependencies: KindDependencies,
): Readonly<Record<Exclude<KindName, 'onboarding'>, ActivityKind>> {
  return { conversations: conversationsKind(dependencies) };
}
