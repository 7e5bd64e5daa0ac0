/** The states of a port order, and how late, repeated and unordered news combine into one state. */

export const CARRIER_STATUSES = ['submitted', 'foc', 'complete', 'exception', 'cancelled'] as const;
export type CarrierStatus = (typeof CARRIER_STATUSES)[number];

/** `pending`: not ordered yet. `refused`: the carrier refused for good. The others are the carrier's own statuses. */
export const PORTING_STATUSES = ['pending', 'refused', ...CARRIER_STATUSES] as const;
export type PortingStatus = (typeof PORTING_STATUSES)[number];

export interface PortingState {
  readonly status: PortingStatus;
  /** When the carrier reported it: the callback's own time, or the time of the response. ISO 8601. */
  readonly at: string;
}

/** The failure type of an attempt whose port is still open. It is not a failure of the migration, and no status shows it. */
export const PORT_OPEN = 'PortOpen';

const LONGEST_POLL_SECONDS = 86_400;

/**
 * Seconds until the next poll of a carrier that does not call back: `pollSeconds` at first, then twice as long each time, up to a day.
 *
 * @param soFar seconds since the port is followed
 */
export function secondsUntilPoll(pollSeconds: number, soFar: number): number {
  return Math.min(LONGEST_POLL_SECONDS, Math.max(1, Math.round(pollSeconds + soFar)));
}

export function isPortingEnded(status: PortingStatus): boolean {
  return status === 'complete' || status === 'cancelled' || status === 'refused';
}

/**
 * The state after one more piece of news. The latest news wins, in whatever order it arrives. A final status wins even if it arrives late, because
 * nothing can follow it. Idempotent.
 */
export function applyPortingNews(state: PortingState, news: PortingState): PortingState {
  if (isPortingEnded(state.status)) return state;
  if (isPortingEnded(news.status)) return news;
  return Date.parse(news.at) > Date.parse(state.at) ? news : state;
}

/** The part of a port's state that determines the status of the number's channels. */
export interface PortFacts {
  readonly status: PortingStatus;
  /** The number's last messages at the source are still being imported. */
  readonly isCatchingUp: boolean;
}

/** The status of the number's channels. A channel is usable once its conversations have no gap around the switch. */
export function channelStatusOf({ status, isCatchingUp }: PortFacts): 'porting' | 'ready' | 'failure' {
  switch (status) {
    case 'pending':
    case 'submitted':
    case 'foc':
      return 'porting';
    case 'complete':
      return isCatchingUp ? 'porting' : 'ready';
    case 'exception':
    case 'cancelled':
    case 'refused':
      return 'failure';
  }
}
