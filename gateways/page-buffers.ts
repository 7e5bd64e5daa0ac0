/**
 * Buffers of one size, used again and again: new ones for each page of an import would be most of the garbage collector's work, and of the memory of
 * the process.
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

  /** The buffer that the part is the beginning of; the part itself if it is of none of the pool's. */
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
 * For what is read and written of a page. DynamoDB's megabyte takes up to two as JSON, and text is appended to it; a page that finds no room leaves two buffers of
 * several megabytes to the collector. What is not used of a buffer takes no memory.
 */
export const pageBuffers = new BufferPool(2_621_440, 12);
