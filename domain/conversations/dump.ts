/** Where a dump lies, as the migration payload names it. */
export interface DumpLocation {
  readonly bucket: string;
  readonly prefix: string;
}

/** Before a record of a dump: how many lines, and bytes of the unpacked text, lie before it. */
export interface DumpPlace {
  readonly line: number;
  readonly byte: number;
}

export const DUMP_BEGINNING: DumpPlace = { line: 0, byte: 0 };

/** In words, counted from 1 as editors do. */
export function placeInWords({ line, byte }: DumpPlace): string {
  return `line ${line + 1} (byte ${byte + 1} of the unpacked text)`;
}
