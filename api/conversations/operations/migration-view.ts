import { migrationWorkflowId } from '../../../domain/conversations/ids.js';
import type { RecordedFailure } from '../../../domain/engine/failures/failures.js';
import { describeRetry } from '../../../domain/conversations/retries.js';
import type { RetriedWork } from '../../../domain/engine/failures/retries.js';
import { ATTACHMENT_NEXT_STEP } from '../../../domain/conversations/failed-things.js';
import type { PortingStatus } from '../../../domain/conversations/porting.js';
import { type AccountStatus, hasRecentMessages } from '../../../domain/conversations/statuses.js';
import type {
  BrandFacts,
  MigrationFacts,
} from '../../../gateways/store/conversations/status/migrations-view.js';
import type { PhaseFacts } from '../../../gateways/store/conversations/status/phase-facts.js';
import type { BrandTurn } from '../../../gateways/store/conversations/verify/verifications.js';
import type { ProgressRate } from '../../progress-rate.js';
import type { MigrationView } from '../schemas/migrations.js';
import { OPERATION_COMMANDS } from '../../../domain/conversations/operations.js';
import { againAfterRefusal } from '../../../domain/engine/failures/refused-messages.js';
import type { RefusedMessage } from '../../../domain/engine/failures/report.js';
import { failureView } from '../../engine/operations/pages/failure-view.js';
import { followingView } from './following-view.js';
import { areAllPlanned, attachmentsView, progressView, threadsOf, timeLeft } from './progress-view.js';
import { verificationView } from './verification-view.js';

export interface Links {
  readonly temporalUiUrl?: string | undefined;
  readonly namespace: string;
}

/** The operators' view of a migration, from the store's facts. */
export function migrationView(facts: MigrationFacts, rates: ProgressRate, links: Links): MigrationView {
  const brands = facts.brands.filter((brand) => brand.migration?.withdrawn !== true);
  const { migration, steering } = facts;
  const status = migration?.status ?? 'none';
  const phases = brands.flatMap((brand) => brand.phases);
  const isWhole = areAllPlanned(brands);
  const messages = progressView(
    phases.map((phase) => phase.messages),
    isWhole,
  );
  const isStill = steering.paused !== undefined || steering.cancelled !== undefined;
  const rate = isStill ? null : rateOf(facts.accountId, phases, rates);
  return {
    account_id: facts.accountId,
    name: facts.name,
    migration_status: status,
    phase: phaseOf(status, brands),
    changed_at: facts.changedAt?.toISOString() ?? null,
    started_at: steering.startedAt ?? null,
    recent_since: migration?.recentSince ?? null,
    paused: steering.paused ?? null,
    cancelled: steering.cancelled ?? null,
    failure: failureOrNull(migration?.failure),
    threads: progressView(brands.flatMap(threadsOf), isWhole),
    messages,
    rate_per_second: rate,
    ...timeLeft(messages, messages.done, rate),
    retrying: facts.retrying.map(retriedView),
    brands: [
      ...brands.map(brandView),
      ...Object.entries(migration?.foreignBrands ?? {}).map(foreignBrandView),
    ],
    ports: facts.ports.map((port) => ({
      channel_id: port.channelId,
      phone_number: port.phoneNumber,
      port_order_id: port.portOrderId,
      status: port.status as PortingStatus,
      reason: port.reason,
      since: port.since.toISOString(),
    })),
    attachments: {
      ...attachmentsView(facts.attachments, phases, messages, (settled) =>
        isStill ? null : rates.sinceEarlierLook(`${facts.accountId}\nattachments`, settled),
      ),
      failures: facts.failedAttachments.map(({ messageId, attachmentId, error, since, tries }) => ({
        message_id: messageId,
        attachment_id: attachmentId,
        error,
        since: since.toISOString(),
        tries,
        next_step: ATTACHMENT_NEXT_STEP,
      })),
    },
    quarantined: {
      ...facts.quarantined,
      records: facts.quarantinedRecords.map(({ sourceTable, sourceId, reason, at }) => ({
        source_table: sourceTable,
        source_id: sourceId,
        reason,
        at: at.toISOString(),
      })),
    },
    following: followingView(facts.following),
    verification: verificationView(facts.verifications?.latest, (turn) =>
      isStill ? null : turnRate(facts.accountId, turn, rates),
    ),
    unequal_verification: verificationView(facts.verifications?.unequal),
    messages_to_temporal: facts.messagesWaiting,
    messages_refused: facts.messagesRefused.map(refusedView),
    links: { temporal: workflowUrl(links, facts.accountId) },
  };
}

/** The current phase. */
export function phaseOf(
  status: AccountStatus,
  brands: readonly Pick<BrandFacts, 'migration' | 'phases'>[],
): MigrationView['phase'] {
  if (status === 'none' || status === 'pending') return 'waiting';
  if (status === 'all-messages-migrated') return 'done';
  if (brands.length > 0 && brands.every((brand) => hasRecentMessages(brand.migration?.status ?? 'none')))
    return 'remaining';
  return brands.some((brand) => brand.phases.length > 0) ? 'recent' : 'preparing';
}

/** The rate of the open phases; complete ones say nothing about the present. */
function rateOf(accountId: string, phases: readonly PhaseFacts[], rates: ProgressRate): number | null {
  const open = phases.filter((phase) => phase.completedAt === null);
  if (open.length === 0) return null;
  const began = Math.min(...open.map((phase) => phase.plannedAt.getTime()));
  const read = open.reduce((total, phase) => total + phase.messages.read, 0);
  return rates.perSecond(`${accountId}\n${began}`, read, began);
}

function turnRate(
  accountId: string,
  { unit, pass, beganAt, progress }: BrandTurn,
  rates: ProgressRate,
): number | null {
  if (progress === null) return null;
  const key = `${accountId}\nverify ${unit} ${pass} ${beganAt.getTime()}`;
  return rates.perSecond(key, progress.read, beganAt.getTime());
}

function brandView(brand: BrandFacts): MigrationView['brands'][number] {
  return {
    brand_id: brand.brandId,
    name: brand.name,
    migration_status: brand.migration?.status ?? 'none',
    failure: failureOrNull(brand.migration?.failure),
    phases: brand.phases.map((phase) => ({
      phase: phase.phase,
      step: phase.completedAt !== null ? 'done' : phase.isRead ? 'checking' : 'reading',
      planned_at: phase.plannedAt.toISOString(),
      completed_at: phase.completedAt?.toISOString() ?? null,
      threads: progressView([phase.threads]),
      messages: progressView([phase.messages]),
      held_back: heldBackView(phase),
      check: checkView(phase),
    })),
    channels: brand.channels
      .filter((channel) => channel.migration?.withdrawn !== true)
      .map((channel) => ({
        channel_id: channel.channelId,
        type: channel.type,
        name: channel.name,
        phone_number: channel.phoneNumber,
        migration_status: channel.migration?.status ?? 'none',
        failure: failureOrNull(
          channel.migration?.failure ?? brand.migration?.failedPorts?.[channel.channelId],
        ),
      })),
  };
}

/** A brand that belongs to another account: only its id and its failure are known. */
function foreignBrandView([brandId, failure]: [string, RecordedFailure]): MigrationView['brands'][number] {
  return {
    brand_id: brandId,
    name: brandId,
    migration_status: 'channel-failure',
    failure: failureView(failure),
    phases: [],
    channels: [],
  };
}

function retriedView(work: RetriedWork): MigrationView['retrying'][number] {
  const { unit, item, tasks, type, message, attempt, since, nextTryAt } = work;
  return {
    what: describeRetry(work),
    brand_id: unit,
    channel_id: item,
    tasks,
    type,
    message,
    attempt,
    since: since.toISOString(),
    next_try_at: nextTryAt?.toISOString() ?? null,
  };
}

function refusedView(refused: RefusedMessage): MigrationView['messages_refused'][number] {
  const { workflowId, signal, since, reason } = refused;
  const { nextStep, command } = againAfterRefusal(refused, OPERATION_COMMANDS);
  return {
    workflow_id: workflowId,
    kind: signal,
    since: since.toISOString(),
    reason,
    next_step: nextStep,
    command,
  };
}

function failureOrNull(failure: RecordedFailure | undefined): MigrationView['failure'] {
  return failure === undefined ? null : failureView(failure);
}

function workflowUrl({ temporalUiUrl, namespace }: Links, accountId: string): string | null {
  if (temporalUiUrl === undefined) return null;
  const workflow = encodeURIComponent(migrationWorkflowId(accountId));
  return `${temporalUiUrl.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${workflow}`;
}

function heldBackView({
  heldBack,
}: PhaseFacts): MigrationView['brands'][number]['phases'][number]['held_back'] {
  if (heldBack === null) return null;
  const { since, reason, measured, budget, share } = heldBack;
  return { since, reason, measured, budget, share };
}

function checkView({ checked }: PhaseFacts): MigrationView['brands'][number]['phases'][number]['check'] {
  if (checked === null) return null;
  const { source, store, held } = checked;
  return {
    read: source.messages,
    held: held.messages,
    quarantined: held.quarantined,
    superseded: held.superseded,
    threads_read: source.threads,
    threads_held: held.threads,
    source_digest: source.messagesDigest,
    store_digest: store.messagesDigest,
  };
}
