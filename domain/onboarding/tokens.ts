import { countPairs, type Ranks } from './byte-pairs.js';

/** Counts tokens of text that names no special ones: `<|endoftext|>` in an answer is text. */
export type TokenCounter = (text: string) => number;

/** Pieces up to this are left to the library. */
const LONG = 500;
/** Pieces whose tokens the library remembers; its own 100,000 take 28 MB. */
const REMEMBERED = 10_000;
/** Runs that the tokenizer does not cut: letters with marks, other signs, white space. */
const LONG_RUN = new RegExp(`[\\p{L}\\p{M}]{${LONG},}|[^\\s\\p{L}\\p{N}]{${LONG},}|\\s{${LONG},}`, 'u');

let loaded: Promise<TokenCounter> | undefined;

/** Loads the tokenizer `o200k_base` when it is first needed: it takes half a second and 70 MB. */
export function tokenCounter(): Promise<TokenCounter> {
  return (loaded ??= load());
}

async function load(): Promise<TokenCounter> {
  const [{ countTokens, setMergeCacheSize }, { O200K_TOKEN_SPLIT_REGEX }, { default: tokens }] =
    await Promise.all([
      import('gpt-tokenizer/encoding/o200k_base'),
      import('gpt-tokenizer/encodingParams/constants'),
      import('gpt-tokenizer/bpeRanks/o200k_base'),
    ]);
  setMergeCacheSize(REMEMBERED);
  let ranks: Ranks | undefined;
  const countShort = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });
  return (text) => {
    if (!LONG_RUN.test(text)) return countShort(text);
    let count = 0;
    for (const [piece] of text.matchAll(O200K_TOKEN_SPLIT_REGEX))
      count += piece.length <= LONG ? countShort(piece) : countPairs(piece, (ranks ??= ranksOf(tokens)));
    return count;
  };
}

/** A token that is no valid UTF-8 is a list of bytes. */
function ranksOf(tokens: readonly (string | readonly number[])[]): Ranks {
  return new Map(
    tokens.map((token, rank) => [
      (typeof token === 'string' ? Buffer.from(token) : Buffer.from(token)).toString('latin1'),
      rank,
    ]),
  );
}
