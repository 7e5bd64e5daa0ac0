import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import { moment, oneLine } from '../engine/terminal/words.js';
import { changesInWords } from './progress/following-words.js';

type Following = MigrationView['following'];

const REASONS: Readonly<Record<string, (by: string) => string>> = {
  idle: () => 'nothing has arrived for long, and all ports are final',
  'max-days': () => 'FOLLOW_MAX_DAYS have passed',
  operator: (by) => `requested by ${by}`,
};

/** What changes at the source, in one line, and why not by streams in another. None before the account is followed. */
export function followingLines({ following }: Pick<MigrationView, 'following'>): string[] {
  const { by, since, until, note } = following;
  if (by === null || since === null) return note === null ? [] : [oneLine(note)];
  const how = by === 'stream' ? 'by its streams' : 'by polling';
  const time = until === null ? `since ${moment(since)}` : `from ${moment(since)} to ${moment(until)}`;
  return [
    `Followed ${how} ${time}${lagOf(following)}: ${broughtBy(following)}${endOf(following)}`,
    ...(note === null ? [] : [oneLine(note)]),
  ];
}

function lagOf({ lag_seconds: lag, until }: Following): string {
  return lag === null || until !== null ? '' : `, ${lag} s behind`;
}

function broughtBy(following: Following): string {
  const { last_at: last } = following;
  const counts = changesInWords(following);
  return last === null ? counts : `${counts}, the last at ${moment(last)}`;
}

function endOf({ until, finishing }: Following): string {
  if (finishing === null) return '';
  const why = REASONS[finishing.reason]?.(oneLine(finishing.by)) ?? finishing.reason;
  return until === null ? `; it is being finished (${why})` : `; finished (${why})`;
}
