/** The location of a dump, as the migration payload names it. */
export interface DumpLocation {
  readonly bucket: string;
  readonly prefix: string;
}

/** A position before a record of a dump: the number of lines, and of bytes of decompressed text, that precede it. */
export interface DumpPlace {
  readonly line: number;
  readonly byte: number;
}

export const DUMP_BEGINNING: DumpPlace = { line: 0, byte: 0 };

/** For messages; counts from 1, like editors. */
export function placeInWords({ line, byte }: DumpPlace): string {
  return `line ${line + 1} (byte ${byte + 1} of the unpacked text)`;
}
