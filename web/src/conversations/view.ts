import type { components } from '../api/openapi.js';
import type { MigrationView } from '../api/types.js';

export type Account = components['schemas']['Migration'];
export type Verification = components['schemas']['Verification'];

/** The view of this kind; the API checks what it answers against the same description. */
export const accountOf = (view: MigrationView): Account => view as unknown as Account;
