/** A port order's states, and how news about it, late, twice and out of order, settle into one. */

export const CARRIER_STATUSES = ['submitted', 'foc', 'complete', 'exception', 'cancelled'] as const;
export type CarrierStatus = (typeof CARRIER_STATUSES)[number];

/** `pending`: not ordered yet. `refused`: the carrier said no for good. The rest are the carrier's own words. */
export const PORTING_STATUSES = ['pending', 'refused', ...CARRIER_STATUSES] as const;
export type PortingStatus = (typeof PORTING_STATUSES)[number];

export interface PortingState {
  readonly status: PortingStatus;
  /** When the carrier said so (its own time for a callback, the time of asking for an answer); ISO 8601. */
  readonly at: string;
}

/** With this a try to follow a port ends that has yet to end: no failure, and nothing that a status tells of. */
export const PORT_OPEN = 'PortOpen';

const LONGEST_POLL_SECONDS = 86_400;

/**
 * Seconds until a carrier that does not call back is asked again: at first `pollSeconds`, then twice as long each time, up to a day.
 *
 * @param soFar seconds since the port began to be followed
 */
export function secondsUntilPoll(pollSeconds: number, soFar: number): number {
  return Math.min(LONGEST_POLL_SECONDS, Math.max(1, Math.round(pollSeconds + soFar)));
}

export function isPortingEnded(status: PortingStatus): boolean {
  return status === 'complete' || status === 'cancelled' || status === 'refused';
}

/**
 * The state after one more piece of news. The latest word counts, whatever order words arrive in; a final word counts
 * even if it comes late, since nothing can have followed it. Saying the same news twice changes nothing.
 */
export function applyPortingNews(state: PortingState, news: PortingState): PortingState {
  if (isPortingEnded(state.status)) return state;
  if (isPortingEnded(news.status)) return news;
  return Date.parse(news.at) > Date.parse(state.at) ? news : state;
}

/** What the channels of a number show. */
export function channelStatusOf(status: PortingStatus): 'porting' | 'ready' | 'failure' {
  switch (status) {
    case 'pending':
    case 'submitted':
    case 'foc':
      return 'porting';
    case 'complete':
      return 'ready';
    case 'exception':
    case 'cancelled':
    case 'refused':
      return 'failure';
  }
}
