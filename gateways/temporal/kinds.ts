import type { KindName } from '../../domain/kinds.js';
import { conversations } from './conversations/kind.js';
import { inbox } from './inbox/kind.js';
import type { TemporalKind } from './kind.js';
import { onboarding } from './onboarding/kind.js';

/** The kinds of migration whose workflows can be started. */
export const TEMPORAL_KINDS: Readonly<Record<KindName, TemporalKind>> = { conversations, onboarding, inbox };
