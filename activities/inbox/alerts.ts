import { alertOfEntry } from '../../domain/engine/alerts/alert.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { FAILURES, isFailureType } from '../../domain/engine/failures/failures.js';
import { FAILED, FAILURE_TITLES, nextStep, undoCommand } from '../../domain/inbox/failures.js';
import { INBOX } from '../../domain/inbox/names.js';
import { type FailedMigration, failedMigrations } from '../../gateways/chatwoot/migration-reads.js';
import {
  type UnresolvedVerification,
  unresolvedVerifications,
} from '../../gateways/store/proof/unresolved.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { type AlertSource, refusedAlerts, refusedWords } from '../engine/alert-source.js';

const PAGE = 1_000;

/** Migrations of inboxes that have failed, and verifications that did not end equal. */
export function inboxAlerts(store: Pool, chatwoot: { ready(): Promise<Pool> }): AlertSource {
  return {
    flickering: [],
    async find() {
      const failed = await allFailed(await chatwoot.ready());
      const unequal = await unresolvedVerifications(store, INBOX);
      return [
        ...failed.map(failedAlert),
        ...unequal.map(verificationAlert),
        ...(await refusedAlerts(store, INBOX, refusedWords)),
      ];
    },
  };
}

async function allFailed(chatwoot: Pool): Promise<FailedMigration[]> {
  const found: FailedMigration[] = [];
  for (;;) {
    const page = await failedMigrations(chatwoot, { after: found.at(-1)?.id, limit: PAGE });
    found.push(...page);
    if (page.length < PAGE) return found;
  }
}

function failedAlert({ id, subject, since }: FailedMigration) {
  return alertOfEntry(
    {
      kind: FAILED,
      account_id: subject,
      brand_id: id,
      what: `migration ${id} of inbox ${subject}`,
      ...{ since, times: 1, count: 1 },
      next_step: nextStep(id),
      command: undoCommand(subject),
    },
    { id, title: FAILURE_TITLES[FAILED] },
  );
}

function verificationAlert({ subject, since, type: name }: UnresolvedVerification) {
  const type = name !== null && isFailureType(name) ? name : undefined;
  return alertOfEntry(
    {
      kind: 'verification',
      account_id: subject,
      brand_id: '',
      what: `verification of inbox ${subject}`,
      ...{ since: since.toISOString(), times: 1, count: 1 },
      next_step:
        type === undefined
          ? 'The dashboard shows which conversations break which rule. Correct them, then verify again.'
          : FAILURES[type].nextStep,
      command: carryoverCommand('verify', '--kind', INBOX, subject),
    },
    { id: subject, title: FAILURE_TITLES.verification, type },
  );
}
