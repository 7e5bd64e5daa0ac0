/** Names one migration. */
export interface MigrationRef {
  /** The kind's name, which has no colon. */
  readonly kind: string;
  /** What is migrated, as the kind names it: an account's id. */
  readonly subject: string;
}
