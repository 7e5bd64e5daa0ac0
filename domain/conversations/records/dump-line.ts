/** A record from a line of a dump. Numbers that exceed a double keep their text. */
export type DumpRecord = Record<string, unknown>;

/** Strings and numbers of a line that is valid JSON. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Finds numbers that may exceed a double. A false match within a string only costs time. */
const SUSPICIOUS = /[:[,\s]-?(?:[\d.]{16}|[\d.]+[eE][+-]?\d{3})/;
/** Numbers with at most this many digits survive conversion to a double. */
const SAFE_DIGITS = 15;

/** Parses a line of a dump; undefined if it is not a JSON object. */
export function parseDumpLine(line: string): DumpRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return SUSPICIOUS.test(line) ? withExactNumbers(line) : (value as DumpRecord);
}

/**
 * 1. Chooses a marker that no string of the line begins with.
 * 2. Replaces numbers that exceed a double with strings that begin with the marker.
 * 3. After parsing, wraps these like the document client wraps numbers.
 */
function withExactNumbers(line: string): DumpRecord {
  let hashes = 0;
  JSON.parse(line, (_name, value: unknown) => {
    if (typeof value === 'string') hashes = Math.max(hashes, /^#*/.exec(value)?.[0].length ?? 0);
    return value;
  });
  const marker = '#'.repeat(hashes + 1);
  const marked = line.replace(TOKENS, (token) =>
    token.startsWith('"') || isExact(token) ? token : `"${marker}${token}"`,
  );
  return JSON.parse(marked, (_name, value: unknown) =>
    typeof value === 'string' && value.startsWith(marker) ? exactNumber(value.slice(marker.length)) : value,
  ) as DumpRecord;
}

function isExact(token: string): boolean {
  const [mantissa = ''] = token.split(/[eE]/);
  const digits = mantissa.replace(/[-.]/g, '').replace(/^0+|0+$/g, '');
  const size = Math.abs(Number(token));
  const isInRange = digits === '' || (size > 1e-290 && size < 1e290);
  return digits.length <= SAFE_DIGITS && isInRange;
}

/** Recognized by its method. */
function exactNumber(value: string) {
  return { value, toAttributeValue: () => ({ N: value }) };
}
