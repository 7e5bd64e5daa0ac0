import { expect, test } from 'vitest';
import { preflightLines } from '../../../cli/engine/commands/preflight.js';
import { size } from '../../../cli/engine/terminal/words.js';
import { exactly } from '../../../domain/engine/preflight.js';

test('a preflight is printed in lines that fit the terminal, estimates apart from counts', () => {
  const lines = preflightLines(
    {
      ...{ kind: 'conversations', key: 'acc_1', at: '2026-11-30T10:00:00.000Z', name: 'Lakeside' },
      start: {
        outcome: 'begins',
        sentence: 'A start of account acc_1 begins its migration.',
        next_step: null,
      },
      units: { total: 1, surveyed: 1, listed: [] },
      parts: {
        ...{ total: 2, made: 0, to_make: 1, impossible: 1 },
        problems: [
          {
            unit: 'br_1',
            part: 'ch_2',
            reason: 'Channel ch_2 has no number to port.',
            next_step: 'Correct it.',
          },
        ],
      },
      ports: { to_order: 1, open: 0, ended: 0 },
      records: [
        { stage: 'threads', ...exactly(25) },
        { stage: 'messages', low: 41_002, high: 58_231, exact: false },
      ],
      bytes: { low: 17_000_000, high: 24_700_000, exact: false },
      sample: { records: 2_000, bytes: 850_000, pages: 7, complete: false, stopped: null },
      quarantine: {
        records: 1,
        reasons: [
          {
            ...{ table: 'messages', cause: 'no-thread-record', reason: 'no thread record', records: 1 },
            ...{ next_step: 'Restore it.', examples: ['thr_1/k\u001b[2J'] },
          },
        ],
      },
      time: { seconds: { from: 2, to: 29 }, basis: 'As measured.' },
      cost: { dollars: null, temporal_actions: { from: 19, to: 24 }, read_units: null, basis: 'As listed.' },
      unchecked: ['Attachments.'],
    },
    80,
  );
  expect(lines).toEqual([
    'A start of account acc_1 begins its migration.',
    '',
    'units       1 to migrate, 1 sampled',
    'parts       1 to create, 0 created, 1 impossible',
    'ports       1 to order, 0 under way, 0 ended',
    'records     25 threads, ~41,000–59,000 messages',
    'size        ~17.0 MB–24.7 MB',
    'sampled     2,000 records of 7 pages, not everything',
    'quarantine  1 record of the sample (<0.1 %)',
    'time        2s–29s',
    'cost        unknown',
    'actions     ~19–24',
    'read units  unknown',
    '',
    'Cannot be created:',
    'UNIT  PART  WHY                                  NEXT',
    'br_1  ch_2  Channel ch_2 has no number to port.  Correct it.',
    '',
    'Sampled records that would be quarantined:',
    'RECORDS  TABLE     REASON            FOR EXAMPLE  NEXT',
    '1        messages  no thread record  thr_1/k [2J  Restore it.',
    '',
    'Time: As measured.',
    'Cost: As listed.',
    '',
    'Not checked:',
    '- Attachments.',
  ]);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_200, '1.2 KB'],
  [123_456, '123 KB'],
  [5_000_000_000_000_000, '5,000 TB'],
])('%s bytes are %s', (bytes, words) => {
  expect(size(bytes)).toBe(words);
});
