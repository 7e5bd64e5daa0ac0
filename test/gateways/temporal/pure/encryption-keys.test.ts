import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parsePayloadKeys } from '../../../../gateways/temporal/encryption/keys.js';

const encoded = (bytes = 32) => randomBytes(bytes).toString('base64');

describe('PAYLOAD_ENCRYPTION_KEY', () => {
  it('is one key with its id', () => {
    const secret = randomBytes(32);
    const keys = parsePayloadKeys(`2026-01:${secret.toString('base64')}`);
    expect(keys.current.id).toBe('2026-01');
    expect(keys.current.secret.export()).toEqual(secret);
    expect([...keys.all.keys()]).toEqual(['2026-01']);
  });

  it('may be several while keys are rotated: the first encrypts, all decrypt', () => {
    const keys = parsePayloadKeys(`  new:${encoded()}\n old:${encoded()}\tolder:${encoded()} `);
    expect(keys.current).toBe(keys.all.get('new'));
    expect([...keys.all.keys()]).toEqual(['new', 'old', 'older']);
  });

  it('may lack the padding', () => {
    const secret = randomBytes(32);
    const keys = parsePayloadKeys(`k1:${secret.toString('base64').replace('=', '')}`);
    expect(keys.current.secret.export()).toEqual(secret);
  });

  it.each([
    ['nothing', '  ', 'it is empty'],
    ['a bare key', encoded(), 'entry 1 has no id'],
    ['a bare key after a good one', `k1:${encoded()} ${encoded()}`, 'entry 2 has no id'],
    ['an empty id', `:${encoded()}`, 'entry 1 has no id'],
    ['an id with other signs', `k/1:${encoded()}`, 'the id of entry 1'],
    ['an id that is too long', `${'k'.repeat(65)}:${encoded()}`, 'the id of entry 1'],
    ['16 bytes', `k1:${encoded(16)}`, 'the key k1 is not the base64 of 32 bytes'],
    ['33 bytes', `k1:${encoded(33)}`, 'the key k1 is not the base64 of 32 bytes'],
    ['hexadecimal', `k1:${randomBytes(32).toString('hex')}`, 'the key k1 is not the base64 of 32 bytes'],
    ['no key', 'k1:', 'the key k1 is not the base64 of 32 bytes'],
    ['a password', 'k1:correct-horse-battery-staple', 'the key k1 is not the base64 of 32 bytes'],
    ['an id twice', `k1:${encoded()} k1:${encoded()}`, 'the id k1 is given twice'],
  ])('is refused if it is %s, with a helpful message', (_, text, what) => {
    const message = messageOf(() => parsePayloadKeys(text));
    expect(message.startsWith(what)).toBe(true);
    expect(message).toContain('openssl rand -base64 32');
  });

  it('is never repeated by a refusal', () => {
    const secret = encoded(31);
    for (const text of [secret, `k1:${secret}`, `a/b:${secret}`, `k1:${encoded()} k1:${secret}`]) {
      expect(messageOf(() => parsePayloadKeys(text))).not.toContain(secret.slice(0, 20));
    }
  });

  it('is not shown when keys are printed', () => {
    const secret = encoded();
    const keys = parsePayloadKeys(`k1:${secret}`);
    const shown = inspect(keys, { depth: 10, showHidden: true }) + JSON.stringify(keys);
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(Buffer.from(secret, 'base64').toString('hex').slice(0, 8));
  });
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
