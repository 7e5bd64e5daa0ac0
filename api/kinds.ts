import type { KindName } from '../domain/kinds.js';
import { type ConversationsWorld, conversationsKind } from './conversations/kind.js';
import { type OnboardingWorld, onboardingKind } from './onboarding/kind.js';
import { type InboxWorld, inboxKind } from './inbox/kind.js';
import type { ApiKind } from './engine/kind.js';
import type { KindOff } from './engine/known-kinds.js';

/** What the kinds are built from; each uses what it needs. */
export type KindsWorld = ConversationsWorld & OnboardingWorld & InboxWorld;

/** Builds a kind, or says which variable it lacks. */
export type KindMaker = (world: KindsWorld) => ApiKind | KindOff;

/** The kinds of migration that the API knows. */
export const API_KINDS: Readonly<Record<KindName, KindMaker>> = {
  conversations: conversationsKind,
  onboarding: onboardingKind,
  inbox: inboxKind,
};
