/** Identifies a migration. */
export interface MigrationRef {
  /** The kind's name, which contains no colon. */
  readonly kind: string;
  /** The id of what is migrated, such as an account's id. */
  readonly subject: string;
}
