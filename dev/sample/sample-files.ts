import { crc32, deflateSync } from 'node:zlib';
import { mix } from './generator/random.js';

/** A file that the sample service serves: small, valid, readable by ordinary programs, and the same every time. */
export interface SampleFile {
  content_type: string;
  bytes: Buffer;
}

type Maker = (variant: number) => SampleFile;

const MAKERS = { photo: jpeg, screenshot: png, document: pdf, recording: wav } satisfies Record<
  string,
  Maker
>;
export type FileFamily = keyof typeof MAKERS;
const VARIANTS = 6;

const made = new Map<string, SampleFile>();

/** The key of the file for an attachment with this seed, the first part of its path: `photo-3`. */
export const fileKey = (family: FileFamily, seed: number): string => `${family}-${mix(seed) % VARIANTS}`;

/** The file for a key of `fileKey`; undefined for an unknown key. Files are generated once and cached. */
export function sampleFile(key: string): SampleFile | undefined {
  const known = made.get(key);
  if (known !== undefined) return known;
  const [family, variant] = key.split('-');
  const number = Number(variant);
  if (family === undefined || !Object.hasOwn(MAKERS, family)) return undefined;
  if (!Number.isInteger(number) || number < 0 || number >= VARIANTS) return undefined;
  const file = MAKERS[family as FileFamily](number);
  made.set(key, file);
  return file;
}

/** An 8-bit RGB image: soft stripes, with some noise so that sizes differ. */
function png(variant: number): SampleFile {
  const width = 64 + variant * 48;
  const height = 48 + variant * 32;
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (1 + width * 3) + 1 + x * 3;
      rows[at] = (x * 3 + variant * 40) & 255;
      rows[at + 1] = (y * 2 + ((x >> 4) & 1) * 60) & 255;
      rows[at + 2] = mix(variant, x >> 2, y >> 2) & 63;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const bytes = Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
  return { content_type: 'image/png', bytes };
}

function pngChunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}

/** The smallest baseline JPEG, 8 by 8 pixels in one grey: quantization all ones, Huffman tables with one code each. */
const JPEG_FRAME = [
  `ffdb004300${'01'.repeat(64)}`,
  'ffc0000b080008000801011100',
  `ffc400140001${'00'.repeat(16)}`,
  `ffc400141001${'00'.repeat(16)}`,
  'ffda0008010100003f00',
];

/** A grey baseline JPEG; comment segments make it as large as a phone's picture. */
function jpeg(variant: number): SampleFile {
  const comments = Array.from({ length: 1 + variant * variant }, (_none, part) => {
    const length = 2_000 + (mix(variant, part) % 9_000);
    const segment = Buffer.alloc(4 + length, `sample picture ${variant} `);
    segment.writeUInt16BE(0xfffe, 0);
    segment.writeUInt16BE(length + 2, 2);
    return segment;
  });
  const jfif = Buffer.from('ffe000104a46494600010100000100010000', 'hex');
  // Two zero bits: DC difference 0, end of block; ones fill the byte.
  const scan = Buffer.from('3fffd9', 'hex');
  const frame = Buffer.from(JPEG_FRAME.join(''), 'hex');
  const bytes = Buffer.concat([Buffer.from('ffd8', 'hex'), jfif, ...comments, frame, scan]);
  return { content_type: 'image/jpeg', bytes };
}

/** One page of text lines, uncompressed, with a correct cross-reference table. */
function pdf(variant: number): SampleFile {
  const lines = Array.from({ length: 10 + variant * 60 }, (_none, line) => {
    const amount = (mix(variant, line) % 90_000) / 100;
    return `1 0 0 1 72 ${760 - (line % 60) * 12} Tm (Position ${line + 1}: ${amount.toFixed(2)}) Tj`;
  });
  const content = `BT /F1 10 Tf\n${lines.join('\n')}\nET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((body, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return offset;
  });
  const start = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  text += offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return { content_type: 'application/pdf', bytes: Buffer.from(text, 'latin1') };
}

/** Telephone quality: 8,000 samples a second, 8 bits, mono; a tone that changes twice a second. */
function wav(variant: number): SampleFile {
  const rate = 8_000;
  const samples = rate * (1 + variant * 2);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples, 40);
  const sound = Buffer.alloc(samples);
  for (let index = 0; index < samples; index++) {
    const pitch = 220 + (mix(variant, Math.floor(index / (rate / 2))) % 400);
    sound[index] = 128 + Math.round(60 * Math.sin((2 * Math.PI * pitch * index) / rate));
  }
  return { content_type: 'audio/wav', bytes: Buffer.concat([header, sound]) };
}
