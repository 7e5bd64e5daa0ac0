import { type AccountStatus, type BrandStatus, hasRecentMessages } from './statuses.js';

/** What the account's status follows from, besides its brands. */
export interface AccountFacts {
  /** A start was asked for and nothing has taken it back. */
  readonly started: boolean;
  /** The account itself cannot be migrated: closed, no brands, an impossible payload. */
  readonly failed: boolean;
}

/**
 * The account's status, from its brands' statuses alone and in this order: what failed first in the course of a migration
 * speaks first (a channel, then recent messages); remaining messages speak only when every brand can be used, since the
 * app ignores them. An account with brands in several states is as far as the one furthest behind.
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
