export interface PutOptions {
  readonly contentType: string;
  /** The sender's name for the file, under which browsers save it. */
  readonly fileName?: string | null;
}

/** A place for files. An object is either complete or absent. A second put of a key replaces the first object as a whole. */
export interface ObjectStore {
  /**
   * Streams `content` into an object and returns its URL. Rethrows what `content` throws and leaves no object; throws CarryoverError
   * `AttachmentsUnavailable` when the storage fails.
   */
  put(key: string, content: AsyncIterable<Uint8Array>, options: PutOptions): Promise<string>;
  /** Removes every object below the folder. Idempotent. Throws CarryoverError `AttachmentsUnavailable`, or the signal's reason. */
  removeFolder(folder: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Distinguishes errors of a stream's source from errors of its writer. */
export class WatchedContent {
  #failure: { readonly error: unknown } | undefined;

  constructor(readonly content: AsyncIterable<Uint8Array>) {}

  async *read(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.content;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  /** Rethrows the source's error if there was one, whatever the writer made of it. */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
