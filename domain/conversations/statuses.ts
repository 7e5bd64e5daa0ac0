/** The contract's statuses and the allowed steps between them. Only one function changes a status. */

export const CHANNEL_STATUSES = ['none', 'pending', 'migrating', 'porting', 'ready', 'failure'] as const;
export type ChannelStatus = (typeof CHANNEL_STATUSES)[number];

export const BRAND_STATUSES = [
  'none',
  'pending',
  'migrating',
  'recent-messages-migrated',
  'all-messages-migrated',
  'channel-failure',
  'recent-messages-failure',
  'remaining-messages-failure',
] as const;
export type BrandStatus = (typeof BRAND_STATUSES)[number];

export const ACCOUNT_STATUSES = [
  'none',
  'pending',
  'migrating',
  'recent-messages-migrated',
  'all-messages-migrated',
  'brand-failure',
  'recent-messages-failure',
  'remaining-messages-failure',
] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** The older, coarser status that the app still reads. */
export const COARSE_STATUSES = ['inactive', 'migrating', 'active-recent-only', 'active'] as const;
export type CoarseStatus = (typeof COARSE_STATUSES)[number];

const COARSE: Record<AccountStatus, CoarseStatus> = {
  none: 'inactive',
  pending: 'inactive',
  migrating: 'migrating',
  'brand-failure': 'migrating',
  'recent-messages-failure': 'migrating',
  'recent-messages-migrated': 'active-recent-only',
  'remaining-messages-failure': 'active-recent-only',
  'all-messages-migrated': 'active',
};

export function coarseStatus(status: AccountStatus): CoarseStatus {
  return COARSE[status];
}

const BRAND_STEPS: Record<BrandStatus, readonly BrandStatus[]> = {
  none: ['pending', 'migrating'],
  pending: ['migrating', 'channel-failure'],
  // Back to pending only if an operator cancels before the recent messages are migrated.
  migrating: ['recent-messages-migrated', 'channel-failure', 'recent-messages-failure', 'pending'],
  'recent-messages-migrated': ['all-messages-migrated', 'remaining-messages-failure'],
  'channel-failure': ['migrating'],
  'recent-messages-failure': ['migrating'],
  // The recent messages stay migrated: the app remains usable during the retry.
  'remaining-messages-failure': ['recent-messages-migrated'],
  'all-messages-migrated': [],
};

const CHANNEL_STEPS: Record<ChannelStatus, readonly ChannelStatus[]> = {
  none: ['pending', 'migrating'],
  pending: ['migrating', 'failure'],
  migrating: ['porting', 'ready', 'failure', 'pending'],
  porting: ['ready', 'failure'],
  // The carrier may still fix a failed port; a channel that could not be created is retried.
  failure: ['migrating', 'porting', 'ready'],
  ready: [],
};

export function mayBrandBecome(from: BrandStatus, to: BrandStatus): boolean {
  return BRAND_STEPS[from].includes(to);
}

export function mayChannelBecome(from: ChannelStatus, to: ChannelStatus): boolean {
  return CHANNEL_STEPS[from].includes(to);
}

/** A brand's status while a start after a failure runs. Finished phases are kept. */
export function brandStatusAtStart(status: BrandStatus): BrandStatus {
  switch (status) {
    case 'none':
    case 'pending':
    case 'migrating':
    case 'channel-failure':
    case 'recent-messages-failure':
      return 'migrating';
    case 'recent-messages-migrated':
    case 'remaining-messages-failure':
      return 'recent-messages-migrated';
    case 'all-messages-migrated':
      return status;
  }
}

/** Whether the app is usable: the brand has its recent messages. */
export function hasRecentMessages(status: BrandStatus): boolean {
  return (
    status === 'recent-messages-migrated' ||
    status === 'all-messages-migrated' ||
    status === 'remaining-messages-failure'
  );
}
