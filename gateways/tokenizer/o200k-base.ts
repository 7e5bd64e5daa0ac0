import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { O200K_TOKEN_SPLIT_REGEX } from 'gpt-tokenizer/encodingParams/constants';
import { counterOf, type TokenCounter } from '../../domain/onboarding/tokens/counter.js';
import { TokenTable } from '../../domain/onboarding/tokens/table.js';

const TOKENS = 199_998;

let loaded: Promise<TokenCounter> | undefined;

/** Loads the tokenizer `o200k_base` when it is first needed. It takes a quarter of a second and 6 MB; the library's own counter takes 45 MB. */
export function tokenCounter(): Promise<TokenCounter> {
  return (loaded ??= load());
}

async function load(): Promise<TokenCounter> {
  const table = await readTokens(
    createRequire(import.meta.url).resolve('gpt-tokenizer/data/o200k_base.tiktoken'),
  );
  if (table.size !== TOKENS) throw new Error(`o200k_base has ${TOKENS} tokens, and not ${table.size}.`);
  return counterOf(table, O200K_TOKEN_SPLIT_REGEX);
}

/** Reads lines of a token in base64 and its rank, in the order of their ranks. */
async function readTokens(path: string): Promise<TokenTable> {
  const { size } = await stat(path);
  const table = new TokenTable({ tokens: TOKENS, bytes: size });
  let rest = '';
  for await (const text of createReadStream(path, 'latin1') as AsyncIterable<string>) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [token = '', rank] = line.split(' ');
      if (Number(rank) !== table.size)
        throw new Error(`${path}: '${line}' is not the line of rank ${table.size}.`);
      table.add(Buffer.from(token, 'base64'));
    }
  }
  return table;
}
