import { createHash } from 'node:crypto';

/** The first bytes of a stream, at most the requested number, and the whole stream including them. */
export interface Sampled {
  readonly sample: Uint8Array;
  readonly whole: AsyncIterable<Uint8Array>;
}

/** Reads the beginning of a stream ahead. `whole` can be read once. */
export async function sampleOf(content: AsyncIterable<Uint8Array>, bytes: number): Promise<Sampled> {
  const rest = content[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  for (let length = 0; length < bytes;) {
    const { done, value } = await rest.next();
    if (done) break;
    read.push(value);
    length += value.byteLength;
  }
  return { sample: Buffer.concat(read).subarray(0, bytes), whole: join(read, rest) };
}

async function* join(
  read: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* read;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** Measures the bytes that pass through. */
export class Measure {
  readonly #hash = createHash('sha256');
  #size = 0;

  async *through(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.#hash.update(chunk);
      this.#size += chunk.byteLength;
      yield chunk;
    }
  }

  /** Bytes and hexadecimal SHA-256, valid once the whole stream has passed. */
  result(): { readonly size: number; readonly sha256: string } {
    return { size: this.#size, sha256: this.#hash.digest('hex') };
  }
}
