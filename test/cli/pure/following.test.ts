import { describe, expect, it } from 'vitest';
import type { MigrationView } from '../../../api/conversations/schemas/migrations.js';
import { newsOf } from '../../../cli/conversations/progress/plain.js';
import { progressOf } from '../../../cli/conversations/progress/progress-of.js';
import { render } from '../../../cli/conversations/progress/render.js';
import { summary } from '../../../cli/start/summary.js';
import { DONE } from './progress-sample.js';

type Following = MigrationView['following'];
type Verification = NonNullable<MigrationView['verification']>;

const FINISHING = {
  reason: 'operator',
  by: 'ann',
  since: '2026-03-01T11:00:00.000Z',
  open_ports: 0,
} as const;
const UNTIL = '2026-03-01T11:01:00.000Z';

const followed = (
  following: Partial<Following>,
  verification: Verification | null = null,
): MigrationView => ({
  ...DONE,
  following: { ...DONE.following, ...following },
  verification,
});
const came = { added: 3, changed: 1, removed: 1, lag_seconds: 2 };

function verification(state: Verification['state'], read: number): Verification {
  const brand = { brand_id: 'br_1', pass: 1, differences: [], repaired: [] };
  const side = { messages: read, messages_digest: '', attachments: 0, attachments_digest: '', threads: 0, threads_digest: '', quarantined_threads: 0 }; // prettier-ignore
  const isOver = state !== 'running';
  return {
    state,
    repair: true,
    asked_by: 'ann',
    asked_at: FINISHING.since,
    ended_at: isOver ? UNTIL : null,
    failure: null,
    brands: isOver
      ? [{ ...brand, state: 'equal', progress: null, compared: { source: side, store: side } }]
      : [{ ...brand, state: 'running', progress: { read, planned: 41_000, rate_per_second: null, seconds_left: null }, compared: null }], // prettier-ignore
  };
}

describe('the picture of changes at the source', () => {
  const lastLine = (view: MigrationView) => render(progressOf(view), 80, false).at(-1);
  const heading = (view: MigrationView) => render(progressOf(view), 100, false)[0];

  it('counts added, changed and removed records, and shows the lag', () => {
    expect(lastLine(followed(came))).toBe('  Following by stream: 3 added, 1 changed, 1 removed, 2 s behind');
    expect(lastLine(followed({ ...came, by: 'poll', lag_seconds: null }))).toBe(
      '  Following by polling: 3 added, 1 changed, 1 removed',
    );
  });

  it('shows that following ends with a verification, and has ended', () => {
    const finishing = followed({ ...came, finishing: FINISHING }, verification('running', 12_345));
    expect(lastLine(finishing)).toBe(
      '  Following by stream: 3 added, 1 changed, 1 removed; last verification runs',
    );
    expect(heading(finishing)).toContain('comparing brand 1 of 1: 12,345 / ~41,000');
    expect(heading(followed({ ...came, finishing: FINISHING }))).toContain('· comparing');
    const ended = followed({ ...came, finishing: FINISHING, until: UNTIL }, verification('equal', 41_002));
    expect(lastLine(ended)).toBe('  Followed by stream: 3 added, 1 changed, 1 removed');
    expect(heading(ended)).not.toContain('comparing');
  });

  it('shows nothing for an account that is not followed', () => {
    expect(lastLine(followed({ by: null, since: null }))).toBe('  Attachments 300 / 300');
  });
});

describe('without a terminal', () => {
  const news = (before: Partial<Following>, now: Partial<Following>) =>
    newsOf(progressOf(followed(before)), progressOf(followed(now)));

  it('each change at the source has a line, and the passing of time has none', () => {
    expect(news({}, came)).toEqual(['Following by stream: 3 added, 1 changed, 1 removed, 2 s behind']);
    expect(news(came, { ...came, lag_seconds: 9 })).toEqual([]);
    expect(news(came, { ...came, added: 4 })).toHaveLength(1);
    expect(news(came, { ...came, finishing: FINISHING })).toHaveLength(1);
    expect(newsOf(undefined, progressOf(DONE)).join('\n')).not.toContain('Following');
  });

  it('many changes have a line each time that their number has doubled', () => {
    const many = { ...came, added: 600 };
    expect(news(many, { ...came, added: 900 })).toEqual([]);
    expect(news(many, { ...came, added: 1_100 })).toHaveLength(1);
  });
});

describe('the summary of npm start', () => {
  const text = (view: MigrationView) => summary({ view, seconds: 60, good: true });

  it('counts the changes after the import, and says that everything was compared once more', () => {
    expect(text(followed(came))).toContain(
      'Since the import began, followed by stream: 3 added, 1 changed, 1 removed\n',
    );
    const ended = { ...came, finishing: FINISHING, until: UNTIL };
    expect(text(followed(ended, verification('equal', 41_002)))).toContain(
      '41,002 message records compared once more after the last port: all equal',
    );
    expect(text(followed(ended, verification('unequal', 41_002)))).toContain(
      'should find all equal: unequal',
    );
  });
});
