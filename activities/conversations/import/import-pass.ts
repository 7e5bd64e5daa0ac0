import type { Clock } from '../../../domain/engine/clock.js';
import type { WorkRef } from '../../../domain/engine/work.js';
import {
  readEarlierCheck,
  countAttachmentsToFetch,
  settleAndCheck,
} from '../../../gateways/store/conversations/check/check.js';
import { type CheckedPhase, differencesOf } from '../../../gateways/store/conversations/check/compared.js';
import { findBrand } from '../../../gateways/store/conversations/import/brand.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import { cleanQuarantine } from '../../../gateways/store/conversations/import/cleanup.js';
import { importPhase, MESSAGES, THREADS } from '../../../gateways/store/conversations/import/phases.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import { mustBeEqual } from '../../engine/complete.js';
import { STORE } from '../../engine/governing/governors.js';
import type { Pulse } from '../../engine/heartbeats.js';
import type { PassWork, Scope } from '../../engine/kind.js';
import type { Completed } from '../../engine/types.js';
import { retryMessagesWithThread } from '../operations/quarantine-retry.js';
import type { Phase } from '../../../domain/conversations/phases.js';
import { confirmDump } from './dump-plan.js';
import { messageTarget } from './import-messages.js';
import { threadTarget } from './import-threads.js';
import type { SourceContext } from './import-threads.js';
import { openSource } from './open-source.js';
import type { SourceClients } from './open-source.js';

export interface ImportDependencies extends SourceClients {
  readonly store: { readonly pool: Pool };
  readonly clock: Clock;
  /** Completes the phase, updates the brand's status and certifies a full migration in one transaction. Idempotent. */
  finish(brand: ImportedBrand, phase: Phase, checked: CheckedPhase): Promise<void>;
}

export interface ImportScope extends Scope {
  readonly context: SourceContext & { readonly phase: Phase };
}

/** Imports a brand: threads, then messages. */
export function importPass(dependencies: ImportDependencies): PassWork<ImportScope, Completed> {
  const { store, clock, ...clients } = dependencies;
  const { pool } = store;
  return {
    async open({ subject, unit, phase: name }: WorkRef) {
      const phase = name as Phase;
      const brand = await findBrand(pool, { accountId: subject, brandId: unit });
      const source = openSource(brand, clients);
      const context = { pool, clock, source, brand, phase };
      return {
        context,
        phase: importPhase(brand, phase),
        name: `the ${phase} import of brand ${unit} of account ${subject}`,
        targets: [STORE],
        sources: source.sources,
        lane: source.lane,
      };
    },
    plan({ context: { source, phase: part }, phase }, by, signal) {
      return source.plan(pool, { phase, part, run: by }, signal);
    },
    stages({ context }) {
      const { source, phase } = context;
      const threads = phase === 'recent' ? source.recentThreads : source.threads;
      return [
        { name: THREADS, source: threads, target: threadTarget(context) },
        { name: MESSAGES, source: source.messages, target: messageTarget(context) },
      ];
    },
    async wasCompleted({ context: { brand, phase } }) {
      return (await readEarlierCheck(pool, brand, phase)) !== undefined;
    },
    complete: (scope, pulse) => complete(dependencies, scope, pulse),
  };
}

/**
 * 1. Confirm that a dump has not changed since it was read, before all messages count as migrated.
 * 2. Remove quarantined copies whose message was taken elsewhere, and take quarantined messages whose thread has arrived.
 * 3. Settle the threads and compare everything in one snapshot.
 * 4. Complete the phase together with the brand's status and the certificate. A crash before that repeats the comparison.
 */
async function complete(
  { store: { pool }, clock, tables, dumps, finish }: ImportDependencies,
  { context, name }: ImportScope,
  { signal, check }: Pulse,
): Promise<Completed> {
  const { brand, phase } = context;
  const { dump: location } = brand;
  if (location && phase === 'remaining') await confirmDump({ pool, dumps, brand, location }, signal);
  const clean = async (): Promise<void> => {
    // Threads that were taken must leave quarantine before their messages are taken.
    await cleanQuarantine(pool, brand, phase);
    const taken = await retryMessagesWithThread({ pool, clock, tables }, brand, signal, check);
    if (taken > 0) await cleanQuarantine(pool, brand, phase);
  };
  const compare = async (): Promise<CheckedPhase> => {
    await clean();
    check();
    const checked = await settleAndCheck(pool, brand, phase, check);
    mustBeEqual(differencesOf(checked), name);
    return checked;
  };
  const checked = (await readEarlierCheck(pool, brand, phase)) ?? (await compare());
  await finish(brand, phase, checked);
  const { messages, threads, quarantined } = checked.held;
  const beside = await countAttachmentsToFetch(pool, brand.id);
  return { tally: { messages, threads, quarantined }, beside };
}
