/** Spreads a batch's writes over time while other users of the database are slowed down. */
export interface Pace {
  /** False while everything may be sent at once. */
  readonly isSlow: boolean;
  /** Resolves when so many bytes may be sent. */
  next(bytes: number): Promise<void>;
}
