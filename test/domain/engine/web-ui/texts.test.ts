import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asCode,
  inMarkdown,
  type SummarySubject,
  summaryOf,
} from '../../../../domain/engine/web-ui/texts.js';
import { EncryptionCodec } from '../../../../gateways/temporal/encryption/codec.js';
import { parsePayloadKeys } from '../../../../gateways/temporal/encryption/keys.js';
import { codePoint } from '../../../support/arbitraries.js';

const { Payload } = proto.temporal.api.common.v1;

/** The dynamic configuration `limit.userMetadataSummarySize`, as Temporal ships it: bytes of the payload. */
const SUMMARY_LIMIT = 400;
const LONGEST_KEY_ID = 'k'.repeat(64);
const codec = new EncryptionCodec(
  parsePayloadKeys(`${LONGEST_KEY_ID}:${randomBytes(32).toString('base64')}`),
);

async function storedSize(summary: string): Promise<number> {
  const [sealed] = await codec.encode([defaultPayloadConverter.toPayload(summary)]);
  return Payload.encode(sealed!).finish().length;
}

const WORDS = { subject: 'account', unit: 'brand' };
const UUID = '0b9d1c5e-4f0b-4b8e-9a51-7d0f3f1c2a44';
const account = { subject: 'acc_1', names: { subject: 'Acme Dental' } };
const brand = { ...account, unit: 'br_1', names: { subject: 'Acme Dental', unit: 'North Clinic' } };

describe('a summary', () => {
  it('names the account and the brand besides the id', () => {
    expect(summaryOf(WORDS, account, 'what it does')).toBe('Acme Dental (acc_1): what it does');
    expect(summaryOf(WORDS, brand, 'what it does')).toBe('Acme Dental · North Clinic (br_1): what it does');
  });

  it('uses what is known', () => {
    expect(summaryOf(WORDS, { subject: 'acc_1' }, 'x')).toBe('Account acc_1: x');
    expect(summaryOf(WORDS, { ...account, names: { subject: '\n' } }, 'x')).toBe('Account acc_1: x');
    expect(summaryOf(WORDS, { ...brand, names: {} }, 'x')).toBe('Brand br_1: x');
    expect(summaryOf(WORDS, { ...brand, names: account.names }, 'x')).toBe('Acme Dental · Brand br_1: x');
    expect(summaryOf(WORDS, { ...brand, names: { unit: 'North Clinic' } }, 'x')).toBe(
      'North Clinic (br_1): x',
    );
  });

  it('names a brand once if it is called like its account', () => {
    expect(summaryOf(WORDS, { ...brand, names: { subject: 'Acme', unit: ' Acme' } }, 'x')).toBe(
      'Acme (br_1): x',
    );
  });

  it('shortens long names, the longer one first, and never the id or the action', () => {
    const names = { subject: 'A'.repeat(300), unit: 'North Clinic' };
    const summary = summaryOf(WORDS, { ...brand, unit: UUID, names }, 'recent and remaining messages');
    expect(summary).toMatch(/^A{59}… · North Clinic \(/);
    expect(summary).toContain(`(${UUID}): recent and remaining messages`);
    const both = summaryOf(
      WORDS,
      { ...brand, unit: UUID, names: { subject: '医'.repeat(300), unit: '🦷'.repeat(300) } },
      'recent and remaining messages',
    );
    expect(both).toMatch(/^医{8,}… · (🦷){6,}… \(/u);
    expect(both).toContain(`(${UUID}): recent and remaining messages`);
  });

  it('omits names if ids leave no room for them', () => {
    const long = { subject: 'acc_1', unit: '医'.repeat(50), names: brand.names };
    expect(summaryOf(WORDS, long, 'recent messages')).toBe(`Brand ${'医'.repeat(50)}: recent messages`);
  });

  it('is one line that Temporal accepts, also encrypted, with any names and ids', async () => {
    const text = fc.string({ unit: codePoint, maxLength: 300 });
    const subject: fc.Arbitrary<SummarySubject> = fc.record({
      subject: text,
      unit: fc.option(text, { nil: undefined }),
      names: fc.record({
        subject: fc.option(text, { nil: undefined }),
        unit: fc.option(text, { nil: undefined }),
      }),
    });
    await fc.assert(
      fc.asyncProperty(subject, text, async (of, what) => {
        const summary = summaryOf(WORDS, of, what);
        expect(summary).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(await storedSize(summary)).toBeLessThanOrEqual(SUMMARY_LIMIT);
      }),
    );
  });
});

describe('a text in Markdown', () => {
  it('is unchanged without Markdown', () => {
    for (const text of ['acc_0nu2si5_1', UUID, 'Smith & Sons, Inc.', 'Zahnärzte am See: Süd', '24/7 (north)'])
      expect(inMarkdown(text)).toBe(text);
  });

  it.each([
    ['**bold** _it_ `code`', '\\*\\*bold\\*\\* \\_it\\_ \\`code\\`'],
    ['[click](https://evil.example)', '\\[click\\](https\\://evil.example)'],
    ['<b>&lt;', '\\<b\\>\\&lt;'],
    ['$x$ ~no~ {#id} a|b ^1', '\\$x\\$ \\~no\\~ \\{#id\\} a\\|b \\^1'],
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['1. FC', '1\\. FC'],
    ['2) FC', '2\\) FC'],
    [': term', '\\: term'],
    ['back\\slash', 'back\\\\slash'],
    ['two\n\nparagraphs', 'two paragraphs'],
  ])('%j is %j', (text, escaped) => {
    expect(inMarkdown(text)).toBe(escaped);
  });
});

it('an id stays within its code span, whatever it contains', () => {
  expect(asCode('br_1')).toBe('`br_1`');
  expect(asCode('b`r``1')).toBe('```b`r``1```');
  expect(asCode('`br`')).toBe('`` `br` ``');
  expect(asCode('b\nr')).toBe('`b r`');
  expect(asCode('b'.repeat(100))).toBe(`\`${'b'.repeat(63)}…\``);
});
