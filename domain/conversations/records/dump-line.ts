/** A record as a dump's line holds it; numbers that a double cannot hold keep their text. */
export type DumpRecord = Record<string, unknown>;

/** Texts and numbers of a line that is known to be JSON. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Where a number may begin that a double cannot hold. What only looks like it, within a text, costs no more than a closer look. */
const SUSPICIOUS = /[:[,\s]-?(?:[\d.]{16}|[\d.]+[eE][+-]?\d{3})/;
/** A number of so many digits comes back from a double as it was. */
const SAFE_DIGITS = 15;

/** A line of a dump as a record; undefined where it is no JSON object. */
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
 * 1. A marker is chosen that no text of the line begins with.
 * 2. Numbers that a double cannot hold are written as texts behind it.
 * 3. Once parsed, these are wrapped as the document client wraps numbers.
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

/** Known by its method. */
function exactNumber(value: string) {
  return { value, toAttributeValue: () => ({ N: value }) };
}
