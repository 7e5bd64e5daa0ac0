/** What the certificate of an account states: both sides of each brand as they were compared, and their totals. */

import { type Static, Type } from 'typebox';
import { certificateFileOf, Sha256, STATED, STATED_BY_STORE, Strict } from '../engine/proof/certificate.js';

const Count = Type.Integer({ minimum: 0 });
const Sum = Type.String({ pattern: '^-?[0-9]+$', description: 'A sum of 64-bit digests.' });

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
  removed: Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        'Records of messages and threads that were here and that the source has removed since. Absent if an earlier version compared.',
    }),
  ),
});
export type CertifiedHeld = Static<typeof Held>;

const Waiver = Strict({
  by: Type.String({ description: "The token's `sub`." }),
  reason: Type.String({ description: 'In the words of who waived them.' }),
  records: Type.Integer({ minimum: 1 }),
});
export type CertifiedWaiver = Static<typeof Waiver>;

/** A version 2 without it was issued before the source was followed. */
const Removed = Type.Integer({
  minimum: 0,
  description: 'Records that were here, and that the source has removed since.',
});

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
  removed: Type.Optional(Removed),
  records: Type.Union([RecordHashes, Type.Null()], {
    description: 'Null for a brand that a version without these hashes compared.',
  }),
});
export type CertifiedBrand = Static<typeof CertifiedBrand>;

const Totals = Strict({
  source: Side,
  store: Side,
  held: Held,
  waived: Count,
  removed: Type.Optional(Removed),
});
export type CertifiedTotals = Static<typeof Totals>;

const OF_ACCOUNT = { account_id: Type.String(), recent_since: Type.String() };

const Statement = Strict({
  ...STATED,
  ...STATED_BY_STORE,
  ...OF_ACCOUNT,
  made_after: Type.Union([
    Type.Literal('migration'),
    Type.Literal('verification'),
    Type.Literal('retry', { description: 'Of records that were in quarantine.' }),
    Type.Literal('waiver', { description: 'Of quarantined records, or the end of one.' }),
  ]),
  totals: Totals,
  brands: Type.Array(CertifiedBrand),
});
export type CertificateStatement = Static<typeof Statement>;

/** The statement of earlier versions, which names no store and has only sums. */
const FirstStatement = Strict({
  ...STATED,
  ...OF_ACCOUNT,
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

export const AccountCertificate = certificateFileOf(Type.Union([Statement, FirstStatement]));
export type AccountCertificate = Static<typeof AccountCertificate>;
