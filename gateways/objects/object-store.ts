export interface PutOptions {
  readonly contentType: string;
  /** As the sender has named it: under this name the object is saved by whoever is given its URL. */
  readonly fileName?: string | null;
}

/** A place for files. An object is complete or not there; a second put of a key replaces the first as a whole. */
export interface ObjectStore {
  /**
   * Writes what `content` gives, without ever holding all of it. Answers the object's URL. What `content` throws is thrown
   * on as it is, and nothing is left; throws CarryoverError `AttachmentsUnavailable` when the place itself fails.
   */
  put(key: string, content: AsyncIterable<Uint8Array>, options: PutOptions): Promise<string>;
  /**
   * Removes every object whose key begins with the folder and a `/`. Removed again, there is nothing. Throws CarryoverError
   * `AttachmentsUnavailable`, or the signal's reason.
   */
  removeFolder(folder: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Tells what the source of a stream threw from what the writing of it threw. */
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

  /** Throws what the source threw, if it did; whatever the writer made of it. */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
