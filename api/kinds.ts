import type { KindName } from '../domain/kinds.js';
import { type ConversationsWorld, conversationsKind } from './conversations/kind.js';
import type { ApiKind } from './engine/kind.js';
import type { KindOff } from './engine/known-kinds.js';

/** What kinds are made of; each takes what it needs. */
export type KindsWorld = ConversationsWorld;

/** Makes a kind, or says which variable is missing for it. */
export type KindMaker = (world: KindsWorld) => ApiKind | KindOff;

/** The kinds of migration that the API knows. */
export const API_KINDS: Readonly<Record<KindName, KindMaker>> = {
  conversations: conversationsKind,
};
