import { expect, test } from 'vitest';
import type { VerificationView } from '../../../api/conversations/schemas/verification.js';
import { table } from '../../../cli/engine/terminal/table.js';
import { say } from '../../../cli/engine/terminal/terminal.js';
import { openVerifyProgress } from '../../../cli/conversations/verify-progress.js';

const HEADS = ['RECORD', 'KEY', 'SINCE', 'WHY'];
const ROWS = [
  ['17', 'thr_1/2026-01-01T00:00:00.000Z#msg_1', '2026-11-21', 'no thread record'],
  ['18', 'thr_2/2026', '2026-11-21', ''],
];

test('a table that fits has one line for each row', () => {
  expect(table(HEADS, ROWS, 80)).toEqual([
    'RECORD  KEY                                   SINCE       WHY',
    '17      thr_1/2026-01-01T00:00:00.000Z#msg_1  2026-11-21  no thread record',
    '18      thr_2/2026                            2026-11-21',
  ]);
});

test('in a table that does not fit, the widest columns move below their row, uncut', () => {
  expect(table(HEADS, ROWS, 40)).toEqual([
    'RECORD  SINCE       WHY',
    '17      2026-11-21  no thread record',
    '  key: thr_1/2026-01-01T00:00:00.000Z#msg_1',
    '18      2026-11-21',
    '  key: thr_2/2026',
  ]);
  expect(table(HEADS, ROWS, 1)[0]).toBe('RECORD');
});

test('names are shortened with … if the table then fits, by the columns that they take', () => {
  const heads = ['ACCOUNT', 'STATUS', 'NAME'];
  const rows = [
    ['acc_1', 'migrating', 'Lakeside Dental and Orthodontics'],
    ['acc_2', 'pending', '湖畔の歯科医院とその仲間たち'],
  ];
  expect(table(heads, rows, 40)).toEqual([
    'ACCOUNT  STATUS     NAME',
    'acc_1    migrating  Lakeside Dental and…',
    'acc_2    pending    湖畔の歯科医院とそ…',
  ]);
  expect(table(heads, rows)).toEqual(table(heads, rows, 100));
  expect(table(heads, rows, 20)).toContain('  name: Lakeside');
});

test('values below a row are wrapped, except those to be copied; piped output has one line', () => {
  const heads = ['RECORD', 'NEXT', 'COMMAND'];
  const rows = [
    [
      '17',
      'Have the thread restored, then retry; if it was deleted, waive it.',
      'carryover quarantine retry acc_1 17',
    ],
  ];
  expect(table(heads, rows, 32)).toEqual([
    'RECORD',
    '17',
    '  next: Have the thread',
    '    restored, then retry; if it',
    '    was deleted, waive it.',
    '  command: carryover quarantine retry acc_1 17',
  ]);
  expect(table(heads, rows)).toHaveLength(2);
});

test('sentences are broken between words where a terminal ends, and a command at their end is not', () => {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const text = '✔ All that could be taken is here. What to do about each: carryover failures acc_1';
  say({ write, columns: 30 }, text);
  say({ write }, text);
  expect(written).toEqual([
    '✔ All that could be taken is\n  here. What to do about each:\n  carryover failures acc_1\n',
    `${text}\n`,
  ]);
});

test('how far a verification is stands in one line of a terminal, with a bar', () => {
  const written: string[] = [];
  const out = { isTTY: true, columns: 80, write: (text: string) => void written.push(text) };
  const brand = { pass: 1, compared: null, differences: [], repaired: [] };
  const verification = {
    state: 'running',
    brands: [
      { ...brand, brand_id: 'br_1', state: 'equal', progress: null },
      {
        ...brand,
        brand_id: 'br_2',
        state: 'running',
        progress: { read: 1_500, planned: 3_000, rate_per_second: 100, seconds_left: 15 },
      },
    ],
  } as unknown as VerificationView;
  const progress = openVerifyProgress(out);
  progress.show(verification);
  progress.show({
    ...verification,
    brands: verification.brands.map((each) => ({ ...each, progress: null, compared: {} })),
  } as unknown as VerificationView);
  progress.end();
  expect(written.join('')).toContain('Everything is compared; the verification is ending …');
  expect(written.join('')).toContain('br_2  ██████████░░░░░░░░░░ 50 %  1,500 / ~3,000 records, 15s left');
});
