import { type AccountStatus, type BrandStatus, hasRecentMessages } from './statuses.js';

/** What the account's status depends on, besides its brands. */
export interface AccountFacts {
  /** A start was requested and not cancelled. */
  readonly started: boolean;
  /** The account itself cannot be migrated: it is closed, has no brands, or its payload is impossible. */
  readonly failed: boolean;
}

/**
 * The account's status as a function of its brands' statuses. The failure of the earliest step wins: a channel, then recent messages. A failure of
 * remaining messages shows only when every brand is usable, since the app ignores it. Without failures, the account is as far as its slowest brand.
 */
export function accountStatus(brands: readonly BrandStatus[], facts: AccountFacts): AccountStatus {
  if (facts.failed) return 'brand-failure';
  if (brands.includes('channel-failure')) return 'brand-failure';
  if (brands.includes('recent-messages-failure')) return 'recent-messages-failure';
  if (brands.length > 0 && brands.every((brand) => brand === 'all-messages-migrated'))
    return 'all-messages-migrated';
  if (brands.length > 0 && brands.every(hasRecentMessages)) {
    return brands.includes('remaining-messages-failure')
      ? 'remaining-messages-failure'
      : 'recent-messages-migrated';
  }
  if (facts.started) return 'migrating';
  if (brands.some((brand) => brand === 'migrating' || hasRecentMessages(brand))) return 'migrating';
  return brands.some((brand) => brand === 'pending') ? 'pending' : brands.length === 0 ? 'pending' : 'none';
}
