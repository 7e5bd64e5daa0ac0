import { timeInKey, timestampOf } from '../../../domain/conversations/records/time.js';
import type { NumberLine } from '../../engine/slices/number-line.js';

const DECADE = 10 * 366 * 86_400_000;
const EARLIEST = Date.UTC(0, 0, 1);
const LATEST = Date.UTC(9999, 11, 31);

/** Keys that begin with a time. Positions are milliseconds since 1970. */
export const TIME_LINE: NumberLine = {
  place(key) {
    const time = timestampOf(timeInKey(key));
    return time && Number(time.micros) / 1000;
  },
  keyAt(position) {
    return position >= EARLIEST && position <= LATEST ? new Date(position).toISOString() : undefined;
  },
  reach: DECADE,
};
