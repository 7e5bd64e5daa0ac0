import { gzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type DumpTarget, putDumpFile } from '../../dev/sample/dump.js';
import { messageItems, threadItems } from '../world/source.js';
import type { Shape, SourceItem } from '../world/source.js';
import { RECENT_SINCE } from '../world/source/now.js';

/** The number of files in each folder, among which the records are dealt in turn. */
const FILES = { threads: 2, 'messages/recent': 2, 'messages/remaining': 8 } as const;

export interface WrittenDump {
  /** Sizes in bytes. */
  readonly packed: number;
  readonly unpacked: number;
}

/** Writes the shape's records as a dump. */
export async function writeDump(target: DumpTarget, shape: Shape): Promise<WrittenDump> {
  const texts = new Map<string, string[]>();
  let dealt = 0;
  const deal = (folder: keyof typeof FILES, item: SourceItem) => {
    const name = `${folder}/part-${dealt++ % FILES[folder]}.jsonl.gz`;
    const lines = texts.get(name) ?? [];
    lines.push(`${JSON.stringify(plainRecord(item))}\n`);
    texts.set(name, lines);
  };
  for (const item of threadItems(shape)) deal('threads', item);
  for (const item of messageItems(shape))
    deal((item['message_key']?.S ?? '') >= RECENT_SINCE ? 'messages/recent' : 'messages/remaining', item);
  let [packed, unpacked] = [0, 0];
  for (const [name, lines] of texts) {
    const text = lines.join('');
    const bytes = gzipSync(text);
    await putDumpFile(target, name, bytes);
    packed += bytes.length;
    unpacked += Buffer.byteLength(text);
  }
  return { packed, unpacked };
}

function plainRecord(item: SourceItem): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));
}

function plain(value: AttributeValue): unknown {
  if (value.M !== undefined) return plainRecord(value.M);
  if (value.L !== undefined) return value.L.map(plain);
  if (value.NULL === true) return null;
  return value.N === undefined ? (value.S ?? value.BOOL) : Number(value.N);
}
