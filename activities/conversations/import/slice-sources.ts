import { LOOKED_UP, MESSAGES } from '../../../gateways/store/work/advance.js';

/** Slices' sources, as `import_slices` names them. */
export const RECENT_THREADS = 'recent-threads';
export const THREADS = 'threads';
export { MESSAGES };

/** What a check sums up of the slices. */
export const CHECKED_SOURCES = {
  threadSources: [RECENT_THREADS, THREADS, LOOKED_UP],
  messageSource: MESSAGES,
} as const;
