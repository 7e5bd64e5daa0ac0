import { describe, expect, it } from 'vitest';
import { contentTypeOf } from '../../../gateways/download/content-type.js';
import { Measure, sampleOf } from '../../../gateways/download/stream.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('the type of a file', () => {
  it('follows its bytes, whatever was declared', async () => {
    expect(await contentTypeOf(PNG, ['text/html', 'application/pdf'])).toBe('image/png');
    expect(await contentTypeOf(Buffer.from('%PDF-1.7\n'), ['image/png'])).toBe('application/pdf');
  });

  it('is the declared one for harmless text', async () => {
    expect(await contentTypeOf(Buffer.from('name,number\n'), ['Text/CSV; charset=utf-8'])).toBe('text/csv');
    expect(await contentTypeOf(Buffer.from('Grüße'), ['image/png', 'text/plain'])).toBe('text/plain');
    expect(await contentTypeOf(Buffer.from('BEGIN:VCARD'), [null, undefined, 'text/vcard'])).toBe(
      'text/vcard',
    );
  });

  it('is unknown if a browser would run the declared type', async () => {
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

  const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';
  const XHTML = '<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>';
  it.each([
    ['SVG', SVG],
    ['SVG behind a declaration', `<?xml version="1.0"?>${SVG}`],
    [
      'SVG behind a byte order mark, a declaration, a comment and a DOCTYPE',
      `\ufeff<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE svg>${SVG}`,
    ],
    ['SVG behind a comment', `<!-- a comment -->\n${SVG}`],
    ['XHTML behind a declaration', `<?xml version="1.0" encoding="UTF-8"?>\n${XHTML}`],
    ['XHTML behind a DOCTYPE', `\n\t<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">${XHTML}`],
    ['HTML', '<HTML><script>alert(1)</script>'],
  ])('is unknown for %s, whatever was declared', async (_what, text) => {
    for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`, 'utf16le')])
      for (const type of ['text/plain', 'image/svg+xml', 'application/xml', 'image/png', null])
        expect(await contentTypeOf(bytes, [type])).toBe('application/octet-stream');
  });

  it('is unknown for known types that are not on the list: programs, fonts, XML, documents with macros', async () => {
    const files = {
      exe: Buffer.from('MZ\x90\0\x03\0\0\0'),
      elf: Buffer.from('\x7fELF\x02\x01\x01\0'),
      wasm: Buffer.from('\0asm\x01\0\0\0'),
      swf: Buffer.from('CWS\x0a\0\0\0\0'),
      xml: Buffer.from('<?xml version="1.0"?><a/>'),
      postscript: Buffer.from('%!PS-Adobe-3.0\n'),
    };
    for (const [name, bytes] of Object.entries(files))
      expect(await contentTypeOf(bytes, ['text/plain', 'application/pdf']), name).toBe(
        'application/octet-stream',
      );
  });

  it('is kept for images, sound, film, documents and archives', async () => {
    const zip = Buffer.from('504b0304140000000000', 'hex');
    expect(await contentTypeOf(Buffer.from('GIF89a\x01\0\x01\0'), [])).toBe('image/gif');
    expect(await contentTypeOf(Buffer.from('\xff\xd8\xff\xe0', 'latin1'), [])).toBe('image/jpeg');
    expect(await contentTypeOf(Buffer.concat([Buffer.from('fffb9064', 'hex'), Buffer.alloc(600)]), [])).toBe(
      'audio/mpeg',
    );
    expect(await contentTypeOf(Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom'), [])).toBe('video/mp4');
    expect(await contentTypeOf(Buffer.concat([zip, Buffer.alloc(100)]), [])).toBe('application/zip');
    expect(await contentTypeOf(Buffer.from('1f8b0800000000000003', 'hex'), [])).toBe('application/gzip');
    const container = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);
    expect(await contentTypeOf(container, ['application/msword'])).toBe('application/msword');
    expect(await contentTypeOf(container, ['text/html'])).toBe('application/octet-stream');
  });

  it('is text if a bracket does not begin markup', async () => {
    for (const text of ['<3 you', '<ann@example.com> wrote:', '< 5 and > 3'])
      expect(await contentTypeOf(Buffer.from(text), ['text/plain'])).toBe('text/plain');
  });

  it('is unknown if the bytes are not text', async () => {
    expect(await contentTypeOf(Buffer.from([0, 1, 2, 3]), ['text/plain'])).toBe('application/octet-stream');
    expect(await contentTypeOf(Buffer.from([0xc3, 0x28, 0x41]), ['text/plain'])).toBe(
      'application/octet-stream',
    );
    expect(await contentTypeOf(Buffer.alloc(0), ['image/png'])).toBe('application/octet-stream');
  });

  it('is text even if the sample ends within a character', async () => {
    expect(await contentTypeOf(Buffer.from('Grüße').subarray(0, 3), ['text/plain'])).toBe('text/plain');
  });
});

describe('a stream', () => {
  async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield Buffer.from(part);
  }

  it('yields its first bytes ahead, then everything, counted', async () => {
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
