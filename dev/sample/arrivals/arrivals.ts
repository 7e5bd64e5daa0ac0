import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../../../domain/engine/clock.js';
import { isFinal, type PortOrder } from '../carrier/orders.js';
import { sampleDocumentClient, type SeedTarget } from '../dynamodb.js';
import type { SampleAccount } from '../generator/account.js';
import type { OngoingThreads } from '../generator/ongoing.js';
import type { Change, Write } from './changes.js';
import { ArrivalsJournal } from './journal.js';
import { nextChange } from './next-change.js';

export interface ArrivalsOptions {
  readonly account: Pick<SampleAccount, 'accountId' | 'counts' | 'payload' | 'ongoing'>;
  /** The folder of the journal. */
  readonly dataDir: string;
  readonly dynamodb: SeedTarget;
  /** The carrier's orders, of all accounts. */
  readonly orders: () => Iterable<Readonly<PortOrder>>;
  readonly everyMs: number;
  readonly clock: Clock;
  /** A change could not be written; it is retried. */
  readonly onTrouble?: (error: unknown) => void;
}

/** What still arrives at Conversations for an account while its numbers are being ported. */
export interface Arrivals {
  /** All changes so far, in order; the last one may not be written yet. */
  readonly changes: readonly Change[];
  /** Resolves once there are no more changes: all ports are final, or it was stopped. Never rejects. */
  readonly ended: Promise<void>;
  /** Stops after the change that is being written. */
  stop(): Promise<void>;
}

/**
 * Writes a change every `everyMs` from when the carrier has an order of the account until all its ports are final:
 *
 * 1. Write the last change of the journal again, because an earlier process may have died before it was written.
 * 2. Wait. End if all ports are final; go back to waiting while none is ordered.
 * 3. Write the next change into the journal, then to the tables. If that fails, retry after the next wait.
 */
export function startArrivals(options: ArrivalsOptions): Arrivals {
  const journal = new ArrivalsJournal(options.dataDir, options.account.accountId);
  const stopping = new AbortController();
  const ended = new Writer(options, journal).run(stopping.signal);
  return {
    changes: journal.changes,
    ended,
    stop() {
      stopping.abort();
      return ended;
    },
  };
}

class Writer {
  readonly #client: DynamoDBDocumentClient;
  readonly #ongoing: OngoingThreads;
  /** In the journal, and perhaps not in the tables. */
  #unwritten: Change | undefined;

  constructor(
    private readonly options: ArrivalsOptions,
    private readonly journal: ArrivalsJournal,
  ) {
    this.#client = sampleDocumentClient(options.dynamodb);
    this.#ongoing = options.account.ongoing();
    this.#unwritten = journal.changes.at(-1);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, onTrouble } = this.options;
    try {
      for (;;) {
        const wrote = await this.#complete().then(
          () => true,
          (error: unknown) => onTrouble?.(error),
        );
        if (signal.aborted || (wrote && this.#isOver())) return;
        await clock.sleep(everyMs, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        if (this.#unwritten === undefined && !this.#isOver()) this.#note();
      }
    } finally {
      this.#client.destroy();
    }
  }

  /** Adds the next change to the journal, if a port is open. */
  #note(): void {
    const { account, clock } = this.options;
    const orders = this.#orders();
    if (orders.every(({ status }) => isFinal(status))) return;
    const ported = this.#portedNumbers();
    const channels = account.payload.brands.flatMap((brand) => brand.channels);
    const away = channels.filter((channel) => ported.has(channel.phone_number ?? ''));
    const isReachable = (channelId: string) => !away.some((channel) => channel.channel_id === channelId);
    const change = nextChange(this.#ongoing, this.journal.changes, { at: clock.now(), isReachable });
    if (change === undefined) return;
    this.journal.add(change);
    this.#unwritten = change;
  }

  async #complete(): Promise<void> {
    for (const write of this.#unwritten?.writes ?? []) await this.#write(write);
    this.#unwritten = undefined;
  }

  async #write(write: Write): Promise<void> {
    const { threadsTable = 'threads', messagesTable = 'messages' } = this.options.dynamodb;
    const TableName = write.table === 'threads' ? threadsTable : messagesTable;
    if ('put' in write) await this.#client.send(new PutCommand({ TableName, Item: write.put }));
    else await this.#client.send(new DeleteCommand({ TableName, Key: write.remove }));
  }

  #orders(): Readonly<PortOrder>[] {
    const { account, orders } = this.options;
    return [...orders()].filter((order) => order.account_id === account.accountId);
  }

  #portedNumbers(): ReadonlySet<string> {
    return new Set(this.#orders().flatMap((order) => (isFinal(order.status) ? order.phone_number : [])));
  }

  #isOver(): boolean {
    return this.#portedNumbers().size >= this.options.account.counts.ports;
  }
}
