import type { Store } from '../../../gateways/store/sql/connect.js';
import type { ServedKind } from '../../engine/known-kinds.js';
import type { OnboardingStores } from '../stores.js';

/** What the calls of the kind `onboarding` share. */
export interface OnboardingRouteOptions {
  readonly store: Store;
  readonly stores: OnboardingStores;
  readonly served: ServedKind;
}
