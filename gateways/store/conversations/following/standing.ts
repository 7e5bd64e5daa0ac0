import { DIGEST_VERSION } from '../../../../domain/conversations/records/digest.js';
import type { SourceTable } from '../../../../domain/conversations/records/rows.js';
import { byteOrder } from '../../../../domain/engine/bytes/order.js';
import { findBrand } from '../import/brand.js';
import type { ImportedBrand } from '../import/brand.js';
import type { Transaction } from '../../sql/transaction.js';

/** The state of a brand's import that following needs. */
export interface Standing {
  readonly brand: ImportedBrand;
  /** Hints must wait: its import is not planned, its migration is halted, or its tallies do not match what is held. */
  readonly waits: boolean;
  /** Some hints are waiting. */
  readonly hasWaiting: boolean;
  readonly phases: readonly StandingPhase[];
  /** The id of the account's verification that is running, if any. */
  readonly verification: string | undefined;
}

interface StandingPhase {
  readonly name: string;
  /** Its tallies are of this code's digests. */
  readonly isCurrent: boolean;
  readonly isCompleted: boolean;
  /** It counts records again that are held already. */
  readonly isAgain: boolean;
  /** It has something to read. */
  readonly isOpen: boolean;
}

const FIND = `
  SELECT b.source_id, m.paused IS NOT NULL OR m.cancelled IS NOT NULL OR m.resetting IS NOT NULL AS halted,
    EXISTS (SELECT FROM carryover.waiting_hints w WHERE w.brand_id = b.id) AS waiting,
    (SELECT max(v.id) FROM carryover.verifications v WHERE (v.kind, v.subject) = (m.kind, m.subject) AND v.state = 'running') AS verification,
    (SELECT coalesce(json_agg(json_build_object('name', p.phase, 'isCurrent', p.digest_version = $3,
       'isCompleted', p.completed_at IS NOT NULL, 'isAgain', p.again, 'isOpen', EXISTS (
         SELECT FROM carryover.work w WHERE (w.unit_id, w.pass, w.run, w.phase) = (p.unit_id, p.pass, p.run, p.phase) AND NOT w.done))), '[]')
     FROM carryover.phases p WHERE p.unit_id = b.unit_id AND p.pass = 'copy') AS phases
  FROM brands b JOIN accounts a ON a.id = b.account_id
  JOIN carryover.units u ON u.id = b.unit_id JOIN carryover.migrations m ON m.id = u.migration_id
  WHERE a.source_id = $1 AND (b.source_id = $2 OR b.id = $4::bigint) AND a.migration ->> 'recentSince' IS NOT NULL`;

/** A brand of the account by Conversations' id or by the store's; undefined if the account has none that is prepared. */
export async function findStanding(
  tx: Transaction,
  accountId: string,
  { sourceId, id }: { readonly sourceId?: string; readonly id?: string },
): Promise<Standing | undefined> {
  const { rows } = await tx.query<{
    source_id: string;
    halted: boolean;
    waiting: boolean;
    verification: string | null;
    phases: StandingPhase[];
  }>(FIND, [accountId, sourceId ?? null, DIGEST_VERSION, id ?? null]);
  const [row] = rows;
  if (!row) return undefined;
  const { halted, waiting: hasWaiting, verification, phases } = row;
  const uncounted = phases.some((phase) => !phase.isCompleted && (phase.isAgain || !phase.isCurrent));
  return {
    brand: await findBrand(tx, { accountId, brandId: row.source_id }),
    waits: halted || phases.length === 0 || uncounted,
    hasWaiting,
    phases,
    verification: verification ?? undefined,
  };
}

/** The phase that reads a message with this key. */
function phaseOfMessage({ brand }: Standing, messageKey: string): string {
  return byteOrder(messageKey, brand.recentSince) >= 0 ? 'recent' : 'remaining';
}

/** The phase whose tally counts a message: its own, or the other one while its own is not planned. */
export function countedIn(standing: Standing, messageKey: string): string {
  const own = phaseOfMessage(standing, messageKey);
  const found = standing.phases.find(({ name }) => name === own) ?? standing.phases[0];
  return found?.name ?? own;
}

/** The phase that reads threads now or read them last. */
export function threadPhase({ phases }: Standing): string {
  return phases.some(({ name }) => name === 'remaining') ? 'remaining' : 'recent';
}

/** Whether the phase's tally can be corrected. Sums of another digest version cannot. */
export function hasTally({ phases }: Standing, phase: string): boolean {
  return phases.some(({ name, isCurrent }) => name === phase && isCurrent);
}

/** Whether an import or a repair may still write a record that it has read earlier. */
export function mayStillCome(standing: Standing, table: SourceTable, rangeKey: string): boolean {
  if (standing.verification !== undefined) return true;
  const phase = table === 'threads' ? 'remaining' : phaseOfMessage(standing, rangeKey);
  const found = standing.phases.find(({ name }) => name === phase);
  return found === undefined || found.isOpen;
}

/** Conversations' ids of the account's other brands that are migrated, at most `limit`. */
export async function otherBrands(
  tx: Transaction,
  { accountId, id }: Pick<ImportedBrand, 'accountId' | 'id'>,
  limit: number,
): Promise<string[]> {
  const { rows } = await tx.query<{ source_id: string }>(
    'SELECT source_id FROM brands WHERE account_id = $1 AND id <> $2 AND unit_id IS NOT NULL ORDER BY id LIMIT $3',
    [accountId, id, limit],
  );
  return rows.map((row) => row.source_id);
}
