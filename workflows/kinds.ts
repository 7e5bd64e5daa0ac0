import type { KindName } from '../domain/kinds.js';
import { conversations } from './conversations/kind.js';
import type { WorkflowKind } from './engine/kind.js';
import { inbox } from './inbox/kind.js';

/** The workflow side of each kind whose units go through the engine's lanes. Its workflows are exported by `index.ts`. */
export const KINDS: Readonly<Record<Exclude<KindName, 'onboarding'>, WorkflowKind>> = {
  conversations,
  inbox,
};
