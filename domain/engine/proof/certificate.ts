import { createHash } from 'node:crypto';
import { type Static, type TSchema, Type } from 'typebox';
import { canonicalJson } from './canonical-json.js';

/** A strict object: a member that it does not name is an error. */
export function Strict<Properties extends Parameters<typeof Type.Object>[0]>(
  properties: Properties,
  options: object = {},
) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256, hexadecimal.' });

/** What every certificate states, of whatever kind and version. */
export const STATED = {
  kind: Type.Literal('carryover-migration-certificate'),
  made_at: Type.String(),
  workflow: Strict({ id: Type.String(), run_id: Type.String() }),
  code: Strict({
    version: Type.String(),
    commit: Type.Union([Type.String(), Type.Null()], {
      description: 'Null where the build could not know it.',
    }),
  }),
};

/** What the store adds to the certificates that it issues. */
export const STATED_BY_STORE = {
  version: Type.Literal(2),
  store_id: Type.String({ description: 'The store that it speaks of; every store has its own.' }),
  previous: Type.Union([Sha256, Type.Null()], {
    description: "SHA-256 of the migration's certificate before this one; null for the first.",
  }),
};

const Stated = Type.Object(STATED);
/** The statement of any kind's certificate. Its form knows the rest. */
export type Statement = Static<typeof Stated> & { readonly version: number };

const Issued = Type.Object({ ...STATED, ...STATED_BY_STORE });
export type IssuedStatement = Static<typeof Issued>;
/** The members that a kind leaves to the store. */
export type StatedByStore = 'kind' | 'made_at' | keyof typeof STATED_BY_STORE;

const Signature = Strict({
  algorithm: Type.Literal('Ed25519'),
  public_key: Type.String({ description: 'SPKI, DER, base64.' }),
  key_fingerprint: Type.String({ description: 'SHA-256 of it.', examples: ['SHA256:…'] }),
  value: Type.String({
    description: 'Base64, over the UTF-8 of `certificate` in the form of RFC 8785.',
  }),
});

export type CertificateFile<Of extends Statement = Statement> = {
  readonly certificate: Of;
  readonly signature: Static<typeof Signature>;
};

/** The schema of a kind's certificate files. */
export function certificateFileOf<Schema extends TSchema>(statement: Schema) {
  return Strict(
    { certificate: statement, signature: Signature },
    {
      description:
        'What a migration was found to be, signed. Contains no names, numbers or texts of messages.',
    },
  );
}

export interface CheckStep {
  readonly holds: boolean;
  readonly words: string;
}

/** The certificates of one kind of migration. */
export interface CertificateForm<Of extends Statement = Statement> {
  /** The schema of the file, from `certificateFileOf`. */
  readonly file: TSchema;
  /** The key of the migration that it speaks of. */
  subjectOf(statement: Of): string;
  /** The conditions for its figures, whoever signed them. */
  figureSteps(statement: Of): CheckStep[];
}

/** The fingerprint of a public key (SPKI, DER): `SHA256:` and the base64 of its SHA-256 without padding, as ssh prints it. */
export function keyFingerprint(publicKey: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;
}

/** The bytes that are signed. */
export function signedBytes(statement: Statement): Uint8Array {
  return Buffer.from(canonicalJson(statement));
}

/** SHA-256 (hex) of the file's text without its line break. Identifies the certificate in its successor and in the API. */
export function certificateHash(document: string): string {
  return createHash('sha256').update(document).digest('hex');
}
