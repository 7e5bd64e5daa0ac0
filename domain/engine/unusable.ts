/** A dependency of the process is unusable. The message tells operators why, and the next step. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
  /** The dependency answers, but stays unusable until somebody changes it or the configuration. */
  readonly lasting: boolean;

  constructor(message: string, options: { readonly lasting: boolean; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.lasting = options.lasting;
  }
}
