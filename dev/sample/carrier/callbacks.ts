import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { OrderBook, PendingCallback, PortOrder } from './orders.js';

export interface Redelivery {
  firstMs: number;
  maxMs: number;
  /** The number of calls without a 2xx after which a callback is given up. */
  attempts: number;
}

export const REDELIVERY: Redelivery = { firstMs: 500, maxMs: 20_000, attempts: 30 };

/** A callback to send unchanged: forged, replayed, or for an unknown order. */
export interface RawCallback {
  url: string;
  body: string;
  webhookId?: string;
  timestamp?: Date;
  /** Default: all of the carrier's. Several signatures are sent for several secrets. */
  secrets?: string[];
}

/** The body of a callback about an order's current state. */
function callbackBody(order: PortOrder): string {
  const { port_order_id, channel_id, phone_number, status, reason } = order;
  return JSON.stringify({
    type: 'port_order.updated',
    timestamp: new Date(order.updated_at).toISOString(),
    data: { port_order_id, channel_id, phone_number, status, reason },
  });
}

/** Sends each callback until it is answered with a 2xx, at growing intervals; the book keeps the unsent ones. */
export class CallbackSender {
  readonly counts = { sent: 0, accepted: 0, givenUp: 0 };
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** The callback being sent of each order. The next one waits, so that they arrive in the order in which they were due. */
  private readonly turns = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly book: OrderBook,
    public secrets: string[],
    private readonly redelivery: Redelivery,
  ) {
    for (const callback of book.callbacks.values()) this.schedule(callback);
  }

  /** Enters an order's change into the book, to be sent at once or as its mode says. The caller saves the book. */
  announce(order: PortOrder, ended: boolean): void {
    const mode = order.callbacks;
    if (mode === 'none') return;
    const callback: PendingCallback = {
      webhook_id: `msg_${randomUUID()}`,
      port_order_id: order.port_order_id,
      callback_url: order.callback_url,
      body: callbackBody(order),
      copies: mode === 'twice' ? 2 : 1,
      attempts: 0,
      next_at: Date.now() + (typeof mode === 'object' ? mode.lateMs : 0),
    };
    if (mode !== 'reversed') return this.add(callback);
    this.book.held.unshift(callback);
    if (!ended) return;
    const due = this.book.held.filter((held) => held.port_order_id === order.port_order_id);
    for (const [place, held] of due.entries()) {
      this.book.held.splice(this.book.held.indexOf(held), 1);
      this.add({ ...held, next_at: Date.now() + place * 100 });
    }
  }

  /** @returns the status of the answer */
  async send(raw: RawCallback): Promise<number> {
    const id = raw.webhookId ?? `msg_${randomUUID()}`;
    const at = raw.timestamp ?? new Date();
    const signatures = (raw.secrets ?? this.secrets).map((secret) =>
      new Webhook(secret).sign(id, at, raw.body),
    );
    this.counts.sent++;
    const answer = await fetch(raw.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': signatures.join(' '),
      },
      body: raw.body,
      signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(10_000)]),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  stop(): void {
    this.stopping.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private add(callback: PendingCallback): void {
    this.book.callbacks.set(callback.webhook_id, callback);
    this.schedule(callback);
  }

  private schedule(callback: PendingCallback): void {
    const wait = Math.max(0, callback.next_at - Date.now());
    this.timers.set(
      callback.webhook_id,
      setTimeout(() => this.inTurn(callback), wait),
    );
  }

  private inTurn(due: PendingCallback): void {
    const { port_order_id: id } = due;
    const before = this.turns.get(id) ?? Promise.resolve();
    const turn = before
      .then(() => this.attempt(due))
      .finally(() => {
        if (this.turns.get(id) === turn) this.turns.delete(id);
      });
    this.turns.set(id, turn);
  }

  private async attempt(callback: PendingCallback): Promise<void> {
    const { webhook_id, callback_url, body } = callback;
    const status = await this.send({ url: callback_url, body, webhookId: webhook_id }).catch(() => 0);
    if (this.stopping.signal.aborted) return;
    callback.attempts++;
    if (status >= 200 && status < 300) {
      this.counts.accepted++;
      callback.copies--;
      callback.attempts = 0;
    } else if (callback.attempts >= this.redelivery.attempts) {
      this.counts.givenUp++;
      callback.copies = 0;
    }
    this.timers.delete(webhook_id);
    if (callback.copies <= 0) {
      this.book.callbacks.delete(webhook_id);
    } else {
      const pause = this.redelivery.firstMs * 2 ** Math.max(0, callback.attempts - 1);
      callback.next_at = Date.now() + Math.min(this.redelivery.maxMs, pause);
      this.schedule(callback);
    }
    this.book.save();
  }
}
