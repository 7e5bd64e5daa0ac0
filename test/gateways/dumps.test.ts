import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { putDumpFile } from '../../dev/sample/dump.js';
import type { WrittenRecord } from '../../domain/conversations/written/written-record.js';
import { DUMP_BEGINNING } from '../../domain/conversations/dump.js';
import type { DumpPlace } from '../../domain/conversations/dump.js';
import { type DumpObject, type Dumps, openDumps } from '../../gateways/dumps/client.js';
import { DumpFile } from '../../gateways/dumps/file.js';
import { LONGEST_LINE } from '../../gateways/dumps/lines.js';
import type { S3Bucket } from '../../dev/servers/s3.js';
import { forDumps } from '../support/s3.js';

let server: S3Bucket;
let dumps: Dumps;
forDumps((...opened) => ([server, dumps] = opened));

const MANY = { records: 1_000_000, text: 1e9, lines: 1_000_000 };
const never = new AbortController().signal;
const all = () => true;

/** Puts bytes where recent messages lie, in a dump of their own, and lists them. */
async function put(bytes: Buffer): Promise<DumpObject> {
  const prefix = `dump-${randomBytes(4).toString('hex')}`;
  await putDumpFile({ ...server, prefix }, 'messages/recent/a.jsonl.gz', bytes);
  const [object] = await dumps.list({ bucket: server.bucket, prefix }, 'recent');
  if (!object) throw new Error('nothing is listed');
  return object;
}

async function read(object: DumpObject, from: DumpPlace = DUMP_BEGINNING, signal = never) {
  const file = await DumpFile.open(dumps, object, 'messages', from, signal);
  return file.page(all, MANY).finally(() => file.close());
}

const failing = (bytes: Buffer) =>
  put(bytes)
    .then((object) => read(object))
    .then(
      (page) => page,
      (error: unknown) => error,
    );

const lines = (count: number, more: object = {}) =>
  Array.from(
    { length: count },
    (_none, n) => `${JSON.stringify({ n, text: 'größer ☃ '.repeat(9), ...more })}\n`,
  );

describe('a file of a dump', () => {
  it('is listed with its version; other objects are not', async () => {
    const prefix = `listed-${randomBytes(4).toString('hex')}`;
    const names = ['b.jsonl.gz', 'a.jsonl.gz', 'deeper/c.jsonl.gz'];
    for (const name of [...names, '_SUCCESS', 'd.json', 'e.jsonl.gz.part'])
      await putDumpFile({ ...server, prefix }, `threads/${name}`, gzipSync(''));
    for (const written of [prefix, `${prefix}/`]) {
      const listed = await dumps.list({ bucket: server.bucket, prefix: written }, 'threads');
      expect(listed.map(({ uri }) => uri)).toEqual(
        names.toSorted().map((name) => `s3://${server.bucket}/${prefix}/threads/${name}`),
      );
      expect(new Set(listed.map(({ version }) => version))).not.toContain('');
    }
  });

  it('is read to its end, with several members, without a final line end, and with empty lines', async () => {
    const [first, ...rest] = lines(5_000);
    const text = [first, '\n', ...rest].join('').trimEnd();
    const middle = 100_001;
    const bytes = Buffer.from(text);
    const members = [bytes.subarray(0, middle), bytes.subarray(middle)].map((part) => gzipSync(part));
    const { records, next } = await read(await put(Buffer.concat(members)));
    expect(records.map(({ item }) => item['n'])).toEqual(Array.from({ length: 5_000 }, (_none, n) => n));
    expect(next).toBeUndefined();
  });

  it('is read from any position, in pages of the requested size', async () => {
    const object = await put(gzipSync(lines(3_000).join('')));
    const isWanted = ({ item }: WrittenRecord) => Number(item['n']) % 3 === 0;
    const seen: unknown[] = [];
    let place: DumpPlace | undefined = DUMP_BEGINNING;
    let pages = 0;
    while (place) {
      const file: DumpFile = await DumpFile.open(dumps, object, 'messages', place, never);
      for (let page = 0; page < 2 && place; page += 1) {
        const { records, next } = await file.page(isWanted, { ...MANY, records: 170 });
        expect(records.length).toBeLessThanOrEqual(170);
        seen.push(...records.map(({ item }) => item['n']));
        place = next;
        pages += 1;
      }
      file.close();
    }
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_none, n) => n * 3));
    expect(pages).toBe(6);
  });

  it('that is truncated reports where', async () => {
    const whole = gzipSync(lines(8_000).join(''), { level: 0 });
    const cuts = [0, 5, 20, Math.floor(whole.length / 2), whole.length - 9, whole.length - 1];
    for (const cut of cuts) {
      const error = await failing(whole.subarray(0, cut));
      expect(error, `cut at ${cut}`).toMatchObject({
        type: 'DumpBroken',
        message: expect.stringMatching(
          /^s3:\/\/\S+\/messages\/recent\/a\.jsonl\.gz is cut off within line \d+ \(byte \d+/,
        ),
      });
    }
    const half = (await failing(whole.subarray(0, cuts[3]))) as Error;
    const [, line] = /line (\d+)/.exec(half.message) ?? [];
    expect(Number(line)).toBeGreaterThan(3_500);
    expect(Number(line)).toBeLessThan(4_500);
  });

  it('that is not gzip, or has trailing data, is an error too', async () => {
    const good = gzipSync(lines(3).join(''));
    for (const bytes of [
      Buffer.from(lines(3).join('')),
      Buffer.concat([good, Buffer.from('something else')]),
      Buffer.concat([good, Buffer.alloc(5), gzipSync(lines(3).join(''))]),
    ])
      expect(await failing(bytes)).toMatchObject({ type: 'DumpBroken' });
  });

  it.each([
    ['no JSON', Buffer.from('{"n": \n'), /line 4 \(byte (\d+) of the unpacked text\) is not a JSON object/],
    ['no object', Buffer.from('[1, 2]\n'), /line 4 .* is not a JSON object/],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x22, 0x7d, 0x0a]), /line 4 .* is not UTF-8/],
    ['too long', Buffer.from(`"${'x'.repeat(LONGEST_LINE)}"\n`), /line 4 .* is longer than 4194304 bytes/],
  ])('with a line that is %s says which', async (_what, bad, words) => {
    const before = Buffer.from(lines(3).join(''));
    const error = (await failing(gzipSync(Buffer.concat([before, bad, ...lines(3).map((line) => Buffer.from(line))])))) as Error; // prettier-ignore
    expect(error).toMatchObject({ type: 'DumpBroken', message: expect.stringMatching(words) });
    expect(error.message).toContain(`(byte ${before.length + 1} `);
  });

  it('may have lines of several megabytes', async () => {
    const { records } = await read(await put(gzipSync(lines(3, { body: 'x'.repeat(3_000_000) }).join(''))));
    expect(records.length).toBe(3);
  });

  it('that was replaced since it was listed, or deleted, is not read', async () => {
    const object = await put(gzipSync(lines(3).join('')));
    const other = { ...object, version: '"0123456789abcdef0123456789abcdef"' };
    const gone = { ...object, uri: object.uri.replace('/a.', '/b.') };
    for (const each of [other, gone]) {
      await expect(read(each)).rejects.toMatchObject({
        type: 'DumpChanged',
        message: expect.stringContaining(each.uri),
      });
    }
  });

  it('is released when the lane stops', async () => {
    const object = await put(
      gzipSync(Buffer.concat([Buffer.from(lines(1).join('')), randomBytes(3_000_000)])),
    );
    const stop = new AbortController();
    const file = await DumpFile.open(dumps, object, 'messages', DUMP_BEGINNING, stop.signal);
    stop.abort();
    await expect(file.page(all, MANY)).rejects.toBe(stop.signal.reason);
  });

  it('of a server that refuses, or does not answer, is reported as such', async () => {
    const wrong = openDumps({
      ...server,
      credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
    });
    await expect(wrong.list({ bucket: server.bucket, prefix: 'x' }, 'threads')).rejects.toMatchObject({ type: 'SourceRefused' }); // prettier-ignore
    await expect(dumps.list({ bucket: 'no-such-bucket', prefix: 'x' }, 'threads')).rejects.toMatchObject({ type: 'SourceRefused' }); // prettier-ignore
    const nobody = openDumps({ ...server, endpoint: 'http://127.0.0.1:9' });
    await expect(nobody.list({ bucket: server.bucket, prefix: 'x' }, 'threads')).rejects.toMatchObject({ type: 'SourceUnavailable' }); // prettier-ignore
  });
});
