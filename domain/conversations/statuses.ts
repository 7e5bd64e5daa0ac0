/** The contract's status words, and which may follow which. One function changes a status, and only along these steps. */

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

/** The older, coarser word that the app still reads. */
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
  // Back to pending only when an operator cancels before the recent messages are in.
  migrating: ['recent-messages-migrated', 'channel-failure', 'recent-messages-failure', 'pending'],
  'recent-messages-migrated': ['all-messages-migrated', 'remaining-messages-failure'],
  'channel-failure': ['migrating'],
  'recent-messages-failure': ['migrating'],
  // Its recent messages are finished and stay finished: the app goes on being used during the retry.
  'remaining-messages-failure': ['recent-messages-migrated'],
  'all-messages-migrated': [],
};

const CHANNEL_STEPS: Record<ChannelStatus, readonly ChannelStatus[]> = {
  none: ['pending', 'migrating'],
  pending: ['migrating', 'failure'],
  migrating: ['porting', 'ready', 'failure', 'pending'],
  porting: ['ready', 'failure'],
  // A port that failed may still be mended at the carrier; a channel that could not be made is tried again.
  failure: ['migrating', 'porting', 'ready'],
  ready: [],
};

export function mayBrandBecome(from: BrandStatus, to: BrandStatus): boolean {
  return BRAND_STEPS[from].includes(to);
}

export function mayChannelBecome(from: ChannelStatus, to: ChannelStatus): boolean {
  return CHANNEL_STEPS[from].includes(to);
}

/** The status a brand has while a start after a failure is under way; what is finished stays finished. */
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

/** Whether the app may be used: the brand has its recent messages. */
export function hasRecentMessages(status: BrandStatus): boolean {
  return (
    status === 'recent-messages-migrated' ||
    status === 'all-messages-migrated' ||
    status === 'remaining-messages-failure'
  );
}
