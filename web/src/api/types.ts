import type { components, paths } from './openapi.js';

type Schemas = components['schemas'];

export type Session = Schemas['Session'];
export type Kind = Schemas['Kind'];
export type ListedMigration = Schemas['ListedMigration'];
export type Summary = Schemas['Summary'];
export type Unit = Schemas['MigrationUnit'];
export type UnitPhase = Unit['phases'][number];
export type TimelineEvent = Schemas['Timeline']['events'][number];
export type Explanation = Schemas['Explanation'];
export type System = Schemas['System'];
export type Failure = Schemas['KindFailure'];
export type AuditEntry = Schemas['AuditEntry'];
export type AuditAction = NonNullable<
  NonNullable<paths['/v2/audit']['get']['parameters']['query']>['action']
>;
export type CertificateStatus = Schemas['KindCertificateStatus'];

export type Wave = Schemas['Wave'];
export type NewWave = Schemas['NewWave'];
export type WaveMember = Schemas['WaveMember'];
export type MemberState = WaveMember['state'];
export type Preflight = Schemas['Preflight'];

/** The view of a kind; each kind's panels know their own. */
export type MigrationView = Readonly<Record<string, unknown>>;

/** Identifies a migration. */
export interface MigrationRef {
  readonly kind: string;
  readonly key: string;
}
