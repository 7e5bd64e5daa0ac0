/** Something that a process needs cannot be used: why, in words for operators, with the next step. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
  /** It answers, and stays unusable until somebody changes it or the configuration. */
  readonly lasting: boolean;

  constructor(message: string, options: { readonly lasting: boolean; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.lasting = options.lasting;
  }
}
