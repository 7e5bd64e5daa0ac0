import type { BrandStatus, ChannelStatus, MigrationStatus } from './types.js';

/** How far a word is on the way. A failure is as far as what it interrupts, so that a retry is no progress. */
const RANK: Readonly<Record<BrandStatus | ChannelStatus, number>> = {
  none: 0,
  pending: 0,
  migrating: 1,
  failure: 1,
  porting: 2,
  ready: 3,
  'channel-failure': 1,
  'recent-messages-failure': 2,
  'recent-messages-migrated': 3,
  'remaining-messages-failure': 3,
  'all-messages-migrated': 4,
};

/** Tells progress from repetition: a brand or a channel is further than it ever was. */
export class Progress {
  readonly #furthest = new Map<string, number>();
  #begun = false;

  /** Notes a status. True if it shows progress since the first one. */
  note({ brands, channels }: MigrationStatus): boolean {
    let moved = false;
    for (const [sort, words] of [
      ['brand', brands],
      ['channel', channels],
    ] as const) {
      for (const [id, word] of Object.entries(words)) {
        const rank = RANK[word] ?? 0;
        if (rank <= (this.#furthest.get(sort + id) ?? -1)) continue;
        this.#furthest.set(sort + id, rank);
        moved = true;
      }
    }
    const isFirst = !this.#begun;
    this.#begun = true;
    return moved && !isFirst;
  }
}
