import { isDeepStrictEqual } from 'node:util';
import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import { heldAgainstTruth } from '../../dev/sample/truth/held.js';
import type { Clock } from '../../domain/engine/clock.js';
import type { ApiClient } from '../engine/api/client.js';
import { plural } from '../engine/terminal/words.js';
import { DrillFailure } from './failure.js';
import type { Scratch } from './scratch.js';

/** As the app polls it. */
interface Polled {
  readonly status: string;
  readonly brands: Readonly<Record<string, string>>;
  readonly channels: Readonly<Record<string, string>>;
}

const POLL_MS = 100;

/** The migration of one account, which a fault disturbs, and everything that must hold of it. */
export class Scene {
  /** The sentence of `carryover explain` about the fault; null if the fault does not make the migration wait. */
  explained: string | null = null;
  /** Words that the app was answered with. */
  readonly #seen = new Set<string>();
  #polls = 0;
  #last: Polled | undefined;
  #unanswered: Error | undefined;
  readonly #stopped = new AbortController();
  #polling: Promise<void> | undefined;

  constructor(
    readonly scratch: Scratch,
    readonly account: SampleAccount,
    readonly clock: Clock,
    readonly say: (message: string) => void,
  ) {}

  get #path(): string {
    return `/v2/migrations/${encodeURIComponent(this.account.accountId)}`;
  }

  /** Starts the migration; from now on the app polls its status, even while systems are down. */
  async begin(): Promise<void> {
    await this.start(this.account);
    this.#polling = this.#poll();
  }

  async start({ accountId }: SampleAccount): Promise<void> {
    await this.#answered('the API started the migration', (api) =>
      api.post('/v2/start-migration', { account_id: accountId }),
    );
  }

  status({ accountId }: SampleAccount): Promise<Polled> {
    return this.scratch.api.get('/v2/check-migration-status', { account_id: accountId });
  }

  view(): Promise<MigrationView> {
    return this.#answered('the API showed the migration', (api) => api.get<MigrationView>(this.#path));
  }

  /** As an operator asks: again while the API says that it cannot answer yet. */
  async #answered<Answer>(what: string, ask: (api: ApiClient) => Promise<Answer>): Promise<Answer> {
    const answers: Answer[] = [];
    await this.scratch.until(what, async () => answers.push(await ask(this.scratch.api)) > 0);
    return answers[0] as Answer;
  }

  /** Waits until `carryover explain` has such a sentence. */
  async untilExplained(sentence: RegExp): Promise<void> {
    this.say('waiting until "carryover explain" says why it waits');
    let latest = '';
    try {
      await this.scratch.until(`"carryover explain" matched ${String(sentence)}`, async () => {
        const explanation = await this.scratch.api.get<{ sentence: string }>(`${this.#path}/explain`);
        return sentence.test((latest = explanation.sentence));
      });
    } catch (error) {
      if (error instanceof DrillFailure) throw new DrillFailure(`${error.message} It said: ${latest}`);
      throw error;
    }
    this.explained = latest;
  }

  /** Waits until everything is migrated and every number is ported, and stops polling. Throws DrillFailure if the app saw a failure, or no answer. */
  async untilDone(): Promise<void> {
    this.say('waiting until everything is migrated');
    await this.scratch.until(
      'everything was migrated',
      () => this.#unanswered !== undefined || (this.#last !== undefined && isDone(this.#last)),
    );
    await this.leave();
    if (this.#unanswered !== undefined)
      throw new DrillFailure(`A poll of the app was not answered: ${this.#unanswered.message}`);
    const failures = [...this.#seen].filter((word) => word.endsWith('failure'));
    if (failures.length > 0) throw new DrillFailure(`The app was told ${failures.join(', ')}.`);
  }

  /** Stops polling. A second call changes nothing. */
  async leave(): Promise<void> {
    this.#stopped.abort();
    await this.#polling;
  }

  async #poll(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        this.#last = await this.status(this.account);
        this.#polls += 1;
        for (const word of [this.#last.status, ...Object.values(this.#last.brands)]) this.#seen.add(word);
      } catch (error) {
        this.#unanswered ??= error as Error;
        return;
      }
      await this.clock.sleep(POLL_MS, { signal: this.#stopped.signal }).catch(() => undefined);
    }
  }

  /** Compares the store with the source in two ways: record by record, and by Carryover's own verification. Returns what holds. */
  async prove(): Promise<string> {
    const { store, world } = this.scratch;
    const { accountId, counts } = this.account;
    this.say('comparing the store with the source');
    for await (const { what, found, expected } of heldAgainstTruth(store, this.account))
      if (!isDeepStrictEqual(found, expected))
        throw new DrillFailure(`The store differs from the source: ${what} of account ${accountId}.`);
    const orders = [...world.carrier.orders.values()].filter((order) => order.account_id === accountId);
    if (orders.length !== counts.ports)
      throw new DrillFailure(
        `The carrier has ${plural(orders.length, 'order')} for ${plural(counts.ports, 'number')}.`,
      );
    await this.#verify();
    const polls = `${plural(this.#polls, 'poll')} of the app answered`;
    return `${plural(counts.messages, 'message')} in ${plural(counts.threads, 'thread')}: the store equals the source, ${polls}`;
  }

  async #verify(): Promise<void> {
    await this.#answered('the API started its verification', (api) => api.post(`${this.#path}/verify`));
    let state: string | undefined;
    await this.scratch.until('its verification ended', async () => {
      state = (await this.view()).verification?.state;
      return state !== undefined && state !== 'running';
    });
    if (state !== 'equal') throw new DrillFailure(`Its verification ended with "${state}".`);
  }
}

function isDone({ status, channels }: Polled): boolean {
  return (
    status === 'all-messages-migrated' && Object.values(channels).every((channel) => channel === 'ready')
  );
}
