import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isStillTrue, percentageOf, readPreviewId, writePreviewId } from '../../../domain/inbox/view.js';
import { estimatedSeconds, warningsOf } from '../../../domain/inbox/warnings.js';

const counts = (moved: number, total: number) => {
  const each = { moved, total };
  return { conversations: each, messages: each, attachments: each, contact_inboxes: each };
};

test.each([
  ['queued', 0, 0, 0],
  ['running', 0, 10, 0],
  ['running', 2, 3, 66],
  ['running', 10, 10, 99],
  ['cancelled', 10, 10, 99],
  ['completed', 10, 10, 100],
  ['completed', 0, 0, 100],
] as const)('%s with %i of %i moved is at %i percent', (status, moved, total, percentage) => {
  expect(percentageOf({ status, counts: counts(moved, total) })).toBe(percentage);
});

test('a preview is read from its id, and no other text is one', () => {
  const number = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(
      number,
      number,
      fc.array(number, { minLength: 1, maxLength: 8 }),
      (source, destination, of) => {
        const shown = { source: String(source), destination: String(destination), counts: of };
        expect(readPreviewId(writePreviewId(shown))).toEqual(shown);
      },
    ),
  );
  for (const text of ['', 'p1', 'p1-1-2', 'p2-1-2-3', 'p1-1-2-x', 'p1-1-2--3'])
    expect(readPreviewId(text)).toBeUndefined();
});

test.each([
  [[100, 7], [105, 7], true],
  [[100, 7], [95, 7], true],
  [[100, 7], [106, 7], false],
  [[100, 7], [100, 8], false],
  [[0], [1], false],
  [[100], [100, 0], false],
])('what a preview showed as %j holds for %j: %s', (shown, now, holds) => {
  const of = (all: number[]) => ({ source: '1', destination: '2', counts: all });
  expect(isStillTrue(of(shown), of(now))).toBe(holds);
  expect(isStillTrue(of(shown), { ...of(now), destination: '3' })).toBe(false);
});

test('warnings name what was found, with how many, and nothing else', () => {
  const nothing = {
    conversations: 1_000,
    merged: 0,
    withoutAccess: 0,
    campaigns: 0,
    botMissing: false,
    automations: 0,
    sameContacts: 0,
  };
  expect(warningsOf(nothing)).toEqual([]);
  const found = warningsOf({
    conversations: 1_001,
    merged: 1,
    withoutAccess: 2,
    campaigns: 3,
    botMissing: true,
    automations: 4,
    sameContacts: 5,
  });
  expect(found.map(({ key, params }) => [key, params?.count])).toEqual([
    ['LARGE_MIGRATION', 1_001],
    ['CONTACTS_WILL_MERGE', 1],
    ['ASSIGNEES_WITHOUT_ACCESS', 2],
    ['OPEN_CAMPAIGNS', 3],
    ['BOT_MISSING', undefined],
    ['AUTOMATION_NAMES_INBOX', 4],
    ['SAME_CONTACT_HAS_CONVERSATIONS', 5],
  ]);
  expect(estimatedSeconds({ conversations: 0, messages: 0 })).toBe(1);
  expect(estimatedSeconds({ conversations: 10_000, messages: 200_000 })).toBe(30);
});
