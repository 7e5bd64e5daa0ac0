import type { KindName } from '../domain/kinds.js';
import { conversationsKind } from './conversations/kind.js';
import type { ConversationsKind } from './conversations/kind.js';
import type { ImportDependencies } from './conversations/import/import-pass.js';
import type { ActivityKind } from './engine/kind.js';

export type ActivityKinds = Record<KindName, ActivityKind> & { readonly conversations: ConversationsKind };

/** Registers the activities of every kind of migration. */
export function createKinds(dependencies: ImportDependencies): ActivityKinds {
  return { conversations: conversationsKind(dependencies) };
}
