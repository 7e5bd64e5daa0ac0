/** Bytes up to this many are copied one by one, which is faster than a call. */
const FEW_BYTES = 160;

/** Collects text as UTF-8 in one buffer, which grows as needed and can be used again. */
export class ByteWriter {
  length = 0;

  constructor(private bytes: Buffer) {}

  /** Valid until the next change. */
  get written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** A larger one than the given one, if it had to grow. */
  get buffer(): Buffer {
    return this.bytes;
  }

  clear(): this {
    this.length = 0;
    return this;
  }

  byte(value: number): this {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length] = value;
    this.length += 1;
    return this;
  }

  /** Text of ASCII characters. */
  ascii(text: string): this {
    this.reserve(text.length);
    const { bytes } = this;
    for (let at = 0; at < text.length; at += 1) bytes[this.length + at] = text.charCodeAt(at);
    this.length += text.length;
    return this;
  }

  utf8(text: string): this {
    // At most three bytes for each UTF-16 unit.
    this.reserve(3 * text.length);
    this.length += this.bytes.write(text, this.length, 'utf8');
    return this;
  }

  /** Bytes of the source from one position up to another. */
  range(source: Uint8Array, from: number, to: number): this {
    const size = to - from;
    this.reserve(size);
    const { bytes } = this;
    if (size > FEW_BYTES) bytes.set(source.subarray(from, to), this.length);
    else for (let at = 0; at < size; at += 1) bytes[this.length + at] = source[from + at] ?? 0;
    this.length += size;
    return this;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
