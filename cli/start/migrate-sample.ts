import type { Arrivals } from '../../dev/sample/arrivals/arrivals.js';
import { messagesMore } from '../../dev/sample/arrivals/changes.js';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import type { Clock } from '../../domain/engine/clock.js';
import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import { type ApiClient, ApiProblem } from '../engine/api/client.js';
import { openPorts } from '../conversations/progress/attention.js';
import type { ProgressDisplay } from '../conversations/progress/display.js';
import { follow, type FollowOptions } from '../engine/api/follow.js';
import { plural } from '../engine/terminal/words.js';

export interface Outcome {
  readonly view: MigrationView;
  readonly seconds: number;
  /**
   * All messages are migrated, every phase is equal, every port is complete, and a followed account's last verification is equal and has read as many
   * messages as the sample has.
   */
  readonly good: boolean;
}

/** The source and the carrier as far as an account has something to wait for there. */
export interface SampleSides {
  readonly account: SampleAccount;
  /** What still arrives for the account; without it, it stays followed. */
  readonly arrivals: Arrivals | undefined;
  /** Has the carrier port the account's numbers. A second call changes nothing. */
  port(): void;
}

interface Means {
  /** The start, in the clock's elapsed milliseconds. */
  readonly begun: number;
  readonly sides: SampleSides;
  readonly display: ProgressDisplay;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const MILLISECONDS_A_SECOND = 1_000;

/**
 * Shows the migration of a sample account until nothing moves any more, or something has failed that needs a person:
 *
 * 1. Once all messages are migrated, have the carrier port the numbers. Messages still arrive at the source.
 * 2. Once all is ported and fetched, let nothing arrive any more, and have following end, as an operator would.
 * 3. Wait for its last verification.
 */
export async function migrateSample(
  api: ApiClient,
  accountId: string,
  { begun, sides, display, signal, clock }: Means,
): Promise<Outcome | undefined> {
  const path = pathOf(accountId);
  let said = '';
  const note = (line: string): void => {
    if (line !== '' && line !== said) display.note(line);
    said = line;
  };
  try {
    for await (const view of follow<MigrationView>(api, path, { signal, clock })) {
      display.update(view);
      if (view.migration_status === 'all-messages-migrated') sides.port();
      if (!isSettled(view)) {
        const open = awaitedOf(view);
        note(open && `All messages of ${accountId} are migrated; waiting for ${open}.`);
        continue;
      }
      if (sides.arrivals && isFollowed(view)) {
        await sides.arrivals.stop();
        if (view.following.finishing === null && (await finish(api, path)))
          note(`Nothing more arrives for ${accountId}: it is compared with the source once more.`);
        continue;
      }
      if (view.following.until !== null && view.verification?.state === 'running') continue;
      const seconds = (clock.elapsed() - begun) / MILLISECONDS_A_SECOND;
      return { view, seconds, good: isGood(view) && isWhole(view, sides) };
    }
    return undefined;
  } finally {
    display.end();
  }
}

/** Ports an account's numbers while another one is shown. Never rejects: `migrateSample` ports them at the latest. */
export async function portOnceMigrated(
  api: ApiClient,
  accountId: string,
  port: () => void,
  options: FollowOptions,
): Promise<void> {
  try {
    for await (const view of follow<MigrationView>(api, pathOf(accountId), options))
      if (view.migration_status === 'all-messages-migrated') return port();
  } catch {
    // The API has been down for long, or everything is being stopped.
  }
}

const pathOf = (accountId: string): string => `/v2/migrations/${encodeURIComponent(accountId)}`;

/** False if the migration was paused or otherwise steered meanwhile; the next view shows how. */
async function finish(api: ApiClient, path: string): Promise<boolean> {
  try {
    await api.post(`${path}/finish`);
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 409) return false;
    throw error;
  }
}

function isFollowed({ migration_status: status, following }: MigrationView): boolean {
  return status === 'all-messages-migrated' && following.by !== null && following.until === null;
}

function isSettled(view: MigrationView): boolean {
  if (view.migration_status.endsWith('-failure')) return true;
  return view.migration_status === 'all-messages-migrated' && awaitedOf(view) === '';
}

/** Work that may go on once all messages are migrated: ports and attachments. */
function awaitedOf(view: MigrationView): string {
  if (view.migration_status !== 'all-messages-migrated') return '';
  const open = openPorts(view).length;
  return [
    ...(open > 0 ? [`the carrier to port ${plural(open, 'number')}`] : []),
    ...(view.attachments.waiting > 0 ? ['attachments to be fetched'] : []),
  ].join(' and ');
}

function isGood(view: MigrationView): boolean {
  return (
    view.migration_status === 'all-messages-migrated' &&
    view.brands.every(({ phases }) =>
      phases.every(({ check }) => check !== null && check.source_digest === check.store_digest),
    ) &&
    view.ports.every(({ status }) => status === 'complete')
  );
}

/** Whether the last verification has found all that was seeded and all that has arrived since. */
function isWhole({ following, verification }: MigrationView, { account, arrivals }: SampleSides): boolean {
  if (following.until === null || verification === null || arrivals === undefined) return true;
  const whole = account.counts.messages + messagesMore(arrivals.changes);
  return verification.state === 'equal' && messagesCompared(verification) === whole;
}

/** Message records that a verification has read at the source. */
export function messagesCompared({ brands }: NonNullable<MigrationView['verification']>): number {
  return brands.reduce((sum, { compared }) => sum + (compared?.source.messages ?? 0), 0);
}
