const [HOUR, DAY] = [3_600_000, 86_400_000];

/** The hour in which this process began: the end of all data, so that what is recent is recent for workers that read the machine's clock. */
export const NOW = Math.floor(Date.now() / HOUR) * HOUR;

/** The default of `RECENT_DAYS`, in milliseconds. */
export const RECENT = 30 * DAY;

/** The boundary of recent messages that a worker would fix now, for parts that fix it themselves. */
export const RECENT_SINCE = new Date(NOW - RECENT).toISOString();
