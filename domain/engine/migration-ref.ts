/** Identifies a migration. */
export interface MigrationRef {
  /** The kind's name, which contains no colon. */
  readonly kind: string;
  /** The id of what is migrated, such as an account's id. */
  readonly subject: string;
}

/** Identifies a migration in one text. */
export function migrationKey({ kind, subject }: MigrationRef): string {
  return `${kind}:${subject}`;
}

/** The migration of a `migrationKey`. */
export function migrationOfKey(key: string): MigrationRef {
  const colon = key.indexOf(':');
  return { kind: key.slice(0, colon), subject: key.slice(colon + 1) };
}
