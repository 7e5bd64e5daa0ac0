import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalFormOf,
  manifestOf,
  manifestText,
  Uncanonical,
  versionAfter,
} from '../../../domain/onboarding/manifest.js';
import { STEPS } from '../../../domain/onboarding/steps.js';
import { tokenCounter } from '../../../gateways/tokenizer/o200k-base.js';
import { sessionOf } from './session.js';

const countNothing = () => 0;

describe('a manifest', () => {
  it('has all steps in their phases, and nothing else', () => {
    const session = sessionOf({ status: 'completed' });
    const manifest = JSON.parse(manifestText(session, '1.3')) as Record<string, unknown> & {
      phases: Record<string, { name: string; steps: Record<string, { name: string; data: unknown }> }>;
    };
    const { phases, ...head } = manifest;
    expect(head).toEqual({
      version: '1.3',
      workspace_id: session.workspaceId,
      session_id: session.sessionId,
      user_id: session.userId,
      client_name: 'Lakeside Dental',
    });
    expect(Object.values(phases).map(({ name }) => name)).toEqual(
      'Calibration Commerce Intelligence Strategy Messaging Tactics'.split(' '),
    );
    expect(
      Object.entries(phases).flatMap(([phase, { steps }]) => Object.keys(steps).map((step) => [step, phase])),
    ).toEqual(STEPS.map(({ number, phase }) => [String(number), String(phase)]));
    expect(phases[1]?.steps[3]).toEqual({ name: 'Strategic Integrity', data: {} });
    expect(phases[6]?.steps[20]).toEqual({ name: 'Channel Strategy', data: { hierarchy: { later: true } } });
  });

  it('keeps every digit, and takes each number as its nearest double in its canonical form', () => {
    const session = sessionOf({
      answers: new Map([['brand', '{"b": 12345678901234567890.10, "a": 1e-400, "é": "\\u0007"}']]),
    });
    const { json, checksum, sizeBytes } = manifestOf(session, '1.0', countNothing);
    expect(json).toContain('"b": 12345678901234567890.10');
    const canonical = canonicalFormOf(json);
    expect(canonical).toContain('{"brand":{"a":0,"b":12345678901234567000,"é":"\\u0007"}}');
    expect(checksum).toBe(createHash('sha256').update(canonical, 'utf8').digest('hex'));
    expect(sizeBytes).toBe(Buffer.from(canonical).length);
  });

  it('orders keys by UTF-16 code units, whatever they are called', () => {
    expect(canonicalFormOf('{"\u{1f600}":1,"\uffff":2,"__proto__":{"toJSON":3},"10":4,"9":5}')).toBe(
      '{"10":4,"9":5,"__proto__":{"toJSON":3},"\u{1f600}":1,"\uffff":2}',
    );
  });

  it('is refused for a number beyond the doubles, and for too many levels', () => {
    for (const answer of ['{"a": 1e400}', `{"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`])
      expect(() =>
        manifestOf(sessionOf({ answers: new Map([['brand', answer]]) }), '1.0', countNothing),
      ).toThrow(Uncanonical);
  });

  it('has the next version of its workspace', () => {
    expect([undefined, 0n, 9n, 12345678901234567890n].map(versionAfter)).toEqual([
      '1.0',
      '1.1',
      '1.10',
      '1.12345678901234567891',
    ]);
  });
});

describe('tokens', () => {
  it('are those of o200k_base; special ones are text', async () => {
    const count = await tokenCounter();
    expect(count('')).toBe(0);
    expect(count('hello world')).toBe(2);
    expect(count('<|endoftext|>')).toBe(7);
    expect(count('{"version":"1.0"}')).toBe(7);
  });

  it('are the same as the library counts them, whatever the text', async () => {
    const [count, { countTokens }] = await Promise.all([
      tokenCounter(),
      import('gpt-tokenizer/encoding/o200k_base'),
    ]);
    const unit = fc.oneof(
      fc.constantFrom(
        ' the',
        'ing',
        "'ll",
        ' Größe',
        '漢字',
        'Привет',
        '👩‍👩‍👧',
        '\ud83d',
        '\r\n',
        '   ',
        '12345',
        '": {"',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 40 }), (units) => {
        const text = units.join('');
        expect(count(text)).toBe(countTokens(text, { disallowedSpecial: new Set() }));
      }),
      { numRuns: 300 },
    );
  });

  it('are the same for long pieces as the library counts them', async () => {
    const [count, { countTokens }] = await Promise.all([
      tokenCounter(),
      import('gpt-tokenizer/encoding/o200k_base'),
    ]);
    const letters = fc.array(fc.constantFrom('a', 'b', 'the', 'É', '漢', ' ', '😀', '!?'), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(letters, fc.integer({ min: 500, max: 900 }), (unit, times) => {
        const text = `${unit.join('').repeat(Math.ceil(times / unit.length))} and ${'x'.repeat(times)}`;
        expect(count(text)).toBe(countTokens(text, { disallowedSpecial: new Set() }));
      }),
      { numRuns: 15 },
    );
  });

  it('of a million letters in one word are counted, too', async () => {
    const count = await tokenCounter();
    expect(count('a'.repeat(1_000_000))).toBe(125_000);
  });
});
