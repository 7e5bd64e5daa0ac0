import type { LooseItem } from '../../../dev/sample/contract.js';
import { textAttachments } from '../../../dev/sample/generator/attachments.js';
import { mix, unit } from '../../../dev/sample/generator/random.js';
import { systemClock } from '../../../gateways/clock.js';
import { until } from '../../e2e/carryover.js';
import type { LagWatch } from './lag-watch.js';
import type { LiveAccount } from './live-account.js';

export interface WriterOptions {
  readonly accounts: readonly LiveAccount[];
  readonly lag: LagWatch;
  readonly seed: number;
  /** Messages come with times of the past, too, which only a stream tells. */
  readonly late: boolean;
}

const PAUSE_MS = 15;
const YEAR = 365 * 86_400_000;

type Act = (account: LiveAccount) => Promise<void>;

/** Inserts, changes and deletes messages and threads of accounts, as people and programs do all the while. */
export class SourceWriter {
  /** Acts so far; each is one write or a few. */
  acts = 0;
  #stopped = false;
  readonly #options: WriterOptions;
  readonly #ended: Promise<void>;
  readonly #gone: LooseItem[] = [];
  readonly #acts: readonly (readonly [number, Act])[] = [
    [30, (account) => this.#insert(account)],
    [22, (account) => this.#change(account)],
    [6, (account) => this.#spoilOrMend(account)],
    [12, (account) => this.#remove(account)],
    [4, (account) => this.#bringBack(account)],
    [3, (account) => this.#copy(account)],
    [8, (account) => this.#open(account)],
    [9, (account) => this.#changeThread(account)],
    [4, (account) => this.#close(account)],
    [2, (account) => this.#move(account)],
  ];

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#ended = this.#run();
    this.#ended.catch(() => undefined);
  }

  /** Waits until it has acted so often again. */
  async more(acts: number): Promise<void> {
    const from = this.acts;
    let failed: { readonly error: unknown } | undefined;
    this.#ended.catch((error: unknown) => (failed = { error }));
    await until(() => {
      if (failed) throw failed.error;
      return this.acts >= from + acts;
    });
  }

  /** After its last write. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { accounts } = this.#options;
    const total = this.#acts.reduce((sum, [weight]) => sum + weight, 0);
    for (; !this.#stopped; this.acts += 1) {
      let left = this.#unit(0) * total;
      const act = this.#acts.find(([weight]) => (left -= weight) < 0)?.[1];
      await act?.(this.#pick(accounts, 1));
      await systemClock.sleep(PAUSE_MS);
    }
  }

  async #insert(account: LiveAccount): Promise<void> {
    await this.#insertInto(account, this.#pick(account.records('threads'), 2), 0);
  }

  async #insertInto(account: LiveAccount, thread: LooseItem, n: number): Promise<void> {
    const { late, seed } = this.#options;
    const id = `msg_${account.tag}w${this.acts}x${n}`;
    const age = late && this.#unit(3, n) < 0.3 ? Math.floor(this.#unit(4, n) * 2 * YEAR) : 0;
    const at = new Date(systemClock.now() - age).toISOString();
    const hasFiles = this.#unit(5, n) < 0.1;
    const body = this.#text('New');
    await account.put('messages', {
      ...{ thread_id: thread['thread_id'], message_key: `${at}#${id}`, message_id: id },
      ...{ brand_id: thread['brand_id'], account_id: account.accountId, sent_at: at },
      ...{ direction: this.#unit(6, n) < 0.5 ? 'in' : 'out', kind: 'text', author: 'Wren', body },
      metadata: { n: this.acts },
      ...(hasFiles && {
        attachments: textAttachments(account.begun.options.attachmentsBaseUrl, id, mix(seed, this.acts)),
      }),
    });
    this.#options.lag.expect(id, body);
  }

  async #change(account: LiveAccount): Promise<void> {
    const message = this.#message(account);
    const body = this.#text('Changed');
    const { attachments, ...plain } = message;
    const isBare = attachments !== undefined && this.#unit(7) < 0.3;
    await account.put('messages', { ...(isBare ? plain : message), body, author: `Author ${this.acts}` });
    this.#expectOne(account, message, body);
  }

  /** What cannot be taken goes into quarantine, and comes out of it. */
  async #spoilOrMend(account: LiveAccount): Promise<void> {
    const spoilt = account.records('messages').filter((item) => item['direction'] === 'sideways');
    const isMended = spoilt.length > 0 && this.#unit(8) < 0.5;
    const message = isMended ? this.#pick(spoilt, 9) : this.#message(account);
    this.#forget([message]);
    await account.put('messages', { ...message, direction: isMended ? 'in' : 'sideways' });
  }

  async #remove(account: LiveAccount): Promise<void> {
    const message = this.#message(account);
    const kept = await account.remove('messages', message);
    this.#gone.push(message);
    if (kept === 'in its place') this.#expectOne(account, message, null);
    else this.#forget([message]);
  }

  async #bringBack(account: LiveAccount): Promise<void> {
    const gone = this.#gone.filter((item) => item['account_id'] === account.accountId);
    const message = gone.at(-1);
    if (message === undefined) return;
    this.#gone.splice(this.#gone.indexOf(message), 1);
    this.#forget([message]);
    await account.put('messages', { ...message, body: this.#text('Again') });
  }

  /** The same message under another key: the smallest key stands for all. */
  async #copy(account: LiveAccount): Promise<void> {
    const message = this.#message(account);
    // Whether records of another account are copies of each other is nobody's matter.
    if (message['account_id'] !== account.accountId) return;
    const id = String(message['message_id']);
    this.#forget([message]);
    const at = new Date(systemClock.now()).toISOString();
    await account.put('messages', { ...message, message_key: `${at}#${id}`, body: this.#text('Copy') });
  }

  /** A thread with messages, of which one may come before it. */
  async #open(account: LiveAccount): Promise<void> {
    const like = this.#pick(account.records('threads'), 10);
    const at = new Date(systemClock.now()).toISOString();
    const isPhone = like['kind'] === 'sms' || like['kind'] === 'void';
    const stranger = isPhone
      ? `+1202555${String(1_000 + (this.acts % 9_000))}`
      : `writer-${this.acts}@people.example`;
    const thread = {
      ...like,
      thread_id: `thr_${account.tag}w${this.acts}`,
      c2: this.#unit(11) < 0.3 ? like['c2'] : stranger,
      ...{ c2_name: `Contact ${this.acts}`, created_at: at, last_message_at: at },
    };
    const messages = Math.floor(this.#unit(12) * 4);
    const before = Math.floor(this.#unit(13) * 2);
    for (let n = 0; n < Math.min(before, messages); n += 1) await this.#insertInto(account, thread, n);
    await account.put('threads', thread);
    for (let n = before; n < messages; n += 1) await this.#insertInto(account, thread, n);
  }

  async #changeThread(account: LiveAccount): Promise<void> {
    const thread = this.#pick(account.records('threads'), 14);
    const { c2_name: _, ...nameless } = thread;
    const at = new Date(systemClock.now()).toISOString();
    const changes: readonly LooseItem[] = [
      { ...thread, status: ['open', 'closed', 'archived'][this.acts % 3], last_message_at: at },
      { ...thread, c2_name: `Renamed ${this.acts}`, last_message_at: at },
      nameless,
      { ...thread, kind: thread['kind'] === 'pigeon' ? 'chat' : 'pigeon' },
    ];
    this.#forget(account.messagesOf(thread));
    await account.put('threads', this.#pick(changes, 15));
  }

  /** With its messages, before or after it, or without them. */
  async #close(account: LiveAccount): Promise<void> {
    const thread = this.#pick(account.records('threads'), 16);
    const messages = account.messagesOf(thread);
    this.#forget(messages);
    const way = this.#unit(17);
    if (way < 0.6) await account.remove('threads', thread);
    if (way < 0.8) for (const message of messages) await account.remove('messages', message);
    if (way >= 0.6) await account.remove('threads', thread);
  }

  /** To another brand of the account, with its messages. */
  async #move(account: LiveAccount): Promise<void> {
    const thread = this.#pick(account.records('threads'), 18);
    const others = account.brandIds.filter((id) => id !== thread['brand_id']);
    if (others.length === 0) return;
    const brandId = this.#pick(others, 19);
    const messages = account.messagesOf(thread);
    this.#forget(messages);
    await account.put('threads', { ...thread, brand_id: brandId });
    await account.remove('threads', thread, true);
    for (const message of messages) await account.put('messages', { ...message, brand_id: brandId });
  }

  /** Of a message that has no copies, and whose thread can be taken, the change must show. */
  #expectOne(account: LiveAccount, message: LooseItem, body: string | null): void {
    const { lag } = this.#options;
    const id = String(message['message_id']);
    const isPlanted = account.begun.planted.some(({ sourceId }) => sourceId === id);
    const copies = account.records('messages').filter((item) => item['message_id'] === id).length;
    if (isPlanted || copies > (body === null ? 0 : 1)) lag.forget([id]);
    else lag.expect(id, body);
  }

  #forget(messages: readonly LooseItem[]): void {
    this.#options.lag.forget(messages.map((item) => String(item['message_id'])));
  }

  #message(account: LiveAccount): LooseItem {
    return this.#pick(account.records('messages'), 20);
  }

  /** Another one each time. */
  #text(what: string): string {
    return `${what} ${this.#options.seed}.${this.acts}`;
  }

  #pick<One>(some: readonly One[], salt: number): One {
    const one = some[Math.floor(this.#unit(salt) * some.length)];
    if (one === undefined) throw new Error('Nothing is left to choose from.');
    return one;
  }

  #unit(...salt: number[]): number {
    return unit(this.#options.seed, this.acts, ...salt);
  }
}
