import { describe, expect, it } from 'vitest';
import { contentTypeOf } from '../../gateways/download/content-type.js';
import { Measure, sampleOf } from '../../gateways/download/stream.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('the type of a file', () => {
  it('is what its bytes are, whatever was declared', async () => {
    expect(await contentTypeOf(PNG, ['text/html', 'application/pdf'])).toBe('image/png');
    expect(await contentTypeOf(Buffer.from('%PDF-1.7\n'), ['image/png'])).toBe('application/pdf');
  });

  it('is the declared one for text that does no harm', async () => {
    expect(await contentTypeOf(Buffer.from('name,number\n'), ['Text/CSV; charset=utf-8'])).toBe('text/csv');
    expect(await contentTypeOf(Buffer.from('Grüße'), ['image/png', 'text/plain'])).toBe('text/plain');
    expect(await contentTypeOf(Buffer.from('BEGIN:VCARD'), [null, undefined, 'text/vcard'])).toBe(
      'text/vcard',
    );
  });

  it('is unknown where a browser would run what was declared', async () => {
    for (const type of [
      'text/html',
      'image/svg+xml',
      'text/javascript',
      'application/xhtml+xml',
      'nonsense',
      '',
    ]) {
      expect(await contentTypeOf(Buffer.from('<p onload=alert(1)>'), [type])).toBe(
        'application/octet-stream',
      );
    }
  });

  it('is unknown where the bytes are no text', async () => {
    expect(await contentTypeOf(Buffer.from([0, 1, 2, 3]), ['text/plain'])).toBe('application/octet-stream');
    expect(await contentTypeOf(Buffer.from([0xc3, 0x28, 0x41]), ['text/plain'])).toBe(
      'application/octet-stream',
    );
    expect(await contentTypeOf(Buffer.alloc(0), ['image/png'])).toBe('application/octet-stream');
  });

  it('is text also where the sample ends within a character', async () => {
    expect(await contentTypeOf(Buffer.from('Grüße').subarray(0, 3), ['text/plain'])).toBe('text/plain');
  });
});

describe('a stream', () => {
  async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield Buffer.from(part);
  }

  it('gives its first bytes ahead and all of it afterwards, counted', async () => {
    const { sample, whole } = await sampleOf(chunks('ab', 'cd', 'ef'), 3);
    const measure = new Measure();
    const parts: Uint8Array[] = [];
    for await (const part of measure.through(whole)) parts.push(part);
    expect(String(sample)).toBe('abc');
    expect(String(Buffer.concat(parts))).toBe('abcdef');
    expect(measure.result()).toEqual({
      size: 6,
      sha256: 'bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721',
    });
  });

  it('may be shorter than its sample, or empty', async () => {
    expect(String((await sampleOf(chunks('a'), 10)).sample)).toBe('a');
    expect((await sampleOf(chunks(), 10)).sample).toHaveLength(0);
  });
});
