import { createHash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { canonicalJson } from './canonical-json.js';

const Count = Type.Integer({ minimum: 0 });
const Sum = Type.String({ pattern: '^-?[0-9]+$', description: 'A sum of 64-bit digests.' });
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256, hexadecimal.' });

function Strict<Properties extends Parameters<typeof Type.Object>[0]>(
  properties: Properties,
  options: object = {},
) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

const Side = Strict({
  messages: Type.Integer({
    minimum: 0,
    description: 'Message records, copies and quarantined ones included.',
  }),
  messages_digest: Sum,
  attachments: Count,
  attachments_digest: Sum,
  threads: Type.Integer({ minimum: 0, description: 'Source threads.' }),
  threads_digest: Sum,
  quarantined_threads: Count,
});
export type CertifiedSide = Static<typeof Side>;

const Threads = Type.Integer({ minimum: 0, description: 'Threads in the store, after merging.' });
const Superseded = Type.Integer({
  minimum: 0,
  description: 'Copies of a message of which another copy stands.',
});

const Held = Strict({
  messages: Count,
  threads: Threads,
  quarantined_messages: Count,
  quarantined_threads: Count,
  superseded: Superseded,
});
export type CertifiedHeld = Static<typeof Held>;

const Waiver = Strict({
  by: Type.String({ description: "The token's `sub`." }),
  reason: Type.String({ description: 'In the words of who waived them.' }),
  records: Type.Integer({ minimum: 1 }),
});
export type CertifiedWaiver = Static<typeof Waiver>;

const RecordHashes = Strict(
  {
    algorithm: Type.Literal('sha256-by-thread'),
    threads: Sha256,
    attachments: Sha256,
    quarantined: Sha256,
    superseded: Sha256,
  },
  { description: 'Over every record that the store held when both sides were compared.' },
);
export type RecordHashes = Static<typeof RecordHashes>;

const COMPARED = {
  brand_id: Type.String(),
  compared_at: Type.String({ description: 'When both sides were compared and found equal.' }),
  source: Side,
  store: Side,
};

const CertifiedBrand = Strict({
  ...COMPARED,
  held: Held,
  waived: Type.Array(Waiver, {
    description: 'Quarantined records that somebody decided to leave out, by who and why.',
  }),
  records: Type.Union([RecordHashes, Type.Null()], {
    description: 'Null for a brand that a version without these hashes compared.',
  }),
});
export type CertifiedBrand = Static<typeof CertifiedBrand>;

const Totals = Strict({ source: Side, store: Side, held: Held, waived: Count });
export type CertifiedTotals = Static<typeof Totals>;

const STATED = {
  kind: Type.Literal('carryover-migration-certificate'),
  account_id: Type.String(),
  made_at: Type.String(),
  recent_since: Type.String(),
  workflow: Strict({ id: Type.String(), run_id: Type.String() }),
  code: Strict({
    version: Type.String(),
    commit: Type.Union([Type.String(), Type.Null()], {
      description: 'Null where the build could not know it.',
    }),
  }),
};

const Statement = Strict({
  ...STATED,
  version: Type.Literal(2),
  store_id: Type.String({ description: 'The store that it speaks of; every store has its own.' }),
  made_after: Type.Union([
    Type.Literal('migration'),
    Type.Literal('verification'),
    Type.Literal('retry', { description: 'Of records that were in quarantine.' }),
    Type.Literal('waiver', { description: 'Of quarantined records, or the end of one.' }),
  ]),
  previous: Type.Union([Sha256, Type.Null()], {
    description: "SHA-256 of the account's certificate before this one; null for the first.",
  }),
  totals: Totals,
  brands: Type.Array(CertifiedBrand),
});
export type CertificateStatement = Static<typeof Statement>;

/** The statement of earlier versions, which names no store and has only sums. */
const FirstStatement = Strict({
  ...STATED,
  version: Type.Literal(1),
  made_after: Type.Union([
    Type.Literal('migration'),
    Type.Literal('verification'),
    Type.Literal('retry', { description: 'Of records that were in quarantine.' }),
  ]),
  brands: Type.Array(
    Strict({
      ...COMPARED,
      held: Strict({
        messages: Count,
        threads: Threads,
        quarantined: Type.Integer({ minimum: 0, description: 'Records in quarantine, threads among them.' }),
        superseded: Superseded,
      }),
    }),
  ),
});
export type FirstStatement = Static<typeof FirstStatement>;

export const CertificateFile = Strict(
  {
    certificate: Type.Union([Statement, FirstStatement]),
    signature: Strict({
      algorithm: Type.Literal('Ed25519'),
      public_key: Type.String({ description: 'SPKI, DER, base64.' }),
      key_fingerprint: Type.String({ description: 'SHA-256 of it.', examples: ['SHA256:…'] }),
      value: Type.String({
        description: 'Base64, over the UTF-8 of `certificate` in the form of RFC 8785.',
      }),
    }),
  },
  {
    description: 'What a migration was found to be, signed. Contains no names, numbers or texts of messages.',
  },
);
export type CertificateFile = Static<typeof CertificateFile>;

/** The fingerprint of a public key (SPKI, DER): `SHA256:` and the base64 of its SHA-256 without padding, as ssh prints it. */
export function keyFingerprint(publicKey: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;
}

/** The bytes that are signed. */
export function signedBytes(statement: CertificateFile['certificate']): Uint8Array {
  return Buffer.from(canonicalJson(statement));
}

/** SHA-256 (hex) of the file's text without its line break. Identifies the certificate in its successor and in the API. */
export function certificateHash(document: string): string {
  return createHash('sha256').update(document).digest('hex');
}
