import type { KindName } from '../domain/kinds.js';
import { conversationsKind } from './conversations/kind.js';
import type { CliKind } from './engine/kind.js';
import { inboxKind } from './inbox/kind.js';
import { onboardingKind } from './onboarding/kind.js';

/** The kinds of migration that the command line knows. */
export const CLI_KINDS: Readonly<Record<KindName, CliKind>> = {
  conversations: conversationsKind,
  onboarding: onboardingKind,
  inbox: inboxKind,
};
