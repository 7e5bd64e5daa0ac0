import { expect, it } from 'vitest';
import type { PhaseCounts, UnitCounts } from '../../../domain/engine/runs.js';
import { brandDetails, migrationDetails } from '../../../workflows/conversations/details.js';

const counted = (messages: number, checked: boolean): PhaseCounts => ({
  tally: { messages, threads: 7, quarantined: 1 },
  checked,
});
const shown = (counts: UnitCounts, state: 'running' | 'done') =>
  migrationDetails({
    phase: 'remaining',
    units: { br_1: { state, phases: [], counts } },
    states: { waiting: 0, running: 0, failed: 0, done: 0, [state]: 1 },
  });

it('counts recent messages once, before and after the remaining ones are checked', () => {
  const recent = counted(100, true);
  expect(shown({ recent, remaining: counted(40, false) }, 'running')).toContain('140 messages so far');
  expect(shown({ recent, remaining: counted(1_000, true) }, 'done')).toContain('done, 1000 messages');
  expect(shown({ remaining: counted(1_000, true) }, 'done')).toContain('done, 1000 messages');
});

it('shows what the brand holds after the check of a phase', () => {
  const details = brandDetails({
    doing: 'remaining',
    counts: { recent: counted(100, true), remaining: counted(40, false) },
    attachments: {},
  });
  expect(details).toContain('- recent: checked; the brand holds 100 messages and 7 threads, 1 quarantined');
  expect(details).toContain('- remaining: 40 messages and 7 threads read, 1 quarantined');
});

it('lists a hundred brands by name and id, and counts the others', () => {
  const brands = Object.fromEntries(
    Array.from({ length: 101 }, (_, place) => [
      `br_${place}`,
      { name: `Clinic *${place}*`, state: 'waiting' as const, phases: ['recent'], counts: {} },
    ]),
  );
  const details = migrationDetails({
    name: 'Acme_ Dental',
    phase: 'recent',
    units: brands,
    states: { waiting: 101, running: 0, failed: 0, done: 0 },
  });
  expect(details).toMatch(/^Acme\\_ Dental\n\n/);
  expect(details).toContain('- Clinic \\*99\\* (`br_99`): waiting for recent messages\n- and 1 more');
});

it('names a brand once if it is called like its account', () => {
  const names = { subject: 'Acme', unit: 'Acme' };
  expect(brandDetails({ names, doing: 'channels', counts: {}, attachments: {} })).toMatch(/^Acme\n\n/);
});
