/**
 * A pool of buffers of one size. New buffers for each page of an import would be most of the garbage collector's work, and of the process's memory.
 */
export class BufferPool {
  private readonly free: Buffer[] = [];

  constructor(
    readonly bytes: number,
    /** How many unused ones are kept. */
    private readonly kept: number,
  ) {}

  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(this.bytes);
  }

  /** The pool's buffer that begins with the part; the part itself if no buffer of the pool does. */
  wholeOf(part: Buffer): Buffer {
    const { buffer } = part;
    return buffer.byteLength === this.bytes ? Buffer.from(buffer) : part;
  }

  /** The caller must not use the buffer afterwards. Ignores buffers that are not the pool's. */
  give(buffer: Buffer): void {
    if (buffer.length === this.bytes && this.free.length < this.kept && !this.free.includes(buffer))
      this.free.push(buffer);
  }
}

/**
 * Holds the text that is read and written of a page. DynamoDB's megabyte takes up to two as JSON, and text is appended to it. A page that does not
 * fit leaves two buffers of several megabytes to the garbage collector; unused parts of a buffer take no memory.
 */
export const pageBuffers = new BufferPool(2_621_440, 12);
