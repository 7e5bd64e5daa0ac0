import { expect, it } from 'vitest';
import type { BrandCounts, PartCounts } from '../../../domain/engine/messages.js';
import { brandDetails, migrationDetails } from '../../../workflows/conversations/details.js';

const part = (messages: number, checked: boolean): PartCounts => ({
  messages,
  threads: 7,
  quarantined: 1,
  checked,
});
const shown = (counts: BrandCounts, state: 'running' | 'done') =>
  migrationDetails({
    phase: 'remaining',
    brands: { br_1: { state, parts: [], counts } },
    states: { waiting: 0, running: 0, failed: 0, done: 0, [state]: 1 },
  });

it('counts recent messages once, before and after the remaining ones are checked', () => {
  const recent = part(100, true);
  expect(shown({ recent, remaining: part(40, false) }, 'running')).toContain('140 messages so far');
  expect(shown({ recent, remaining: part(1_000, true) }, 'done')).toContain('done, 1000 messages');
  expect(shown({ remaining: part(1_000, true) }, 'done')).toContain('done, 1000 messages');
});

it('says of a part that is checked what the brand holds then', () => {
  const details = brandDetails({
    doing: 'remaining',
    counts: { recent: part(100, true), remaining: part(40, false) },
    attachments: {},
  });
  expect(details).toContain('- recent: checked; the brand holds 100 messages and 7 threads, 1 quarantined');
  expect(details).toContain('- remaining: 40 messages and 7 threads read, 1 quarantined');
});
