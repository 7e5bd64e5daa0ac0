import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export type PortStatus = 'submitted' | 'foc' | 'complete' | 'exception' | 'cancelled';

/** A scheduled change. */
export interface PortStep {
  status: PortStatus;
  reason: string | null;
  /** Milliseconds since 1970. */
  at: number;
}

/** How an order's callbacks are sent. `reversed`: all at once when the order has ended, the newest first. */
export type CallbackMode = 'normal' | 'none' | 'twice' | 'reversed' | { lateMs: number };

export interface PortOrder {
  port_order_id: string;
  idempotency_key: string;
  phone_number: string;
  account_id: string;
  channel_id: string;
  callback_url: string;
  status: PortStatus;
  reason: string | null;
  /** Milliseconds since 1970; grows with every change. */
  updated_at: number;
  steps: PortStep[];
  /** It has no steps until it is released. */
  held?: boolean;
  callbacks: CallbackMode;
}

/** A callback that is not yet accepted. */
export interface PendingCallback {
  webhook_id: string;
  port_order_id: string;
  callback_url: string;
  body: string;
  /** How often it must still be accepted: 2 for one that is sent twice on purpose. */
  copies: number;
  attempts: number;
  /** Milliseconds since 1970. */
  next_at: number;
}

export interface CarrierState {
  orders: PortOrder[];
  callbacks: PendingCallback[];
  /** Callbacks that wait for the end of their order. */
  held: PendingCallback[];
}

export const isFinal = (status: PortStatus): boolean => status === 'complete' || status === 'cancelled';

/** The carrier's state. A state file is complete at any moment, even after a kill -9. */
export class OrderBook {
  readonly orders = new Map<string, PortOrder>();
  readonly byKey = new Map<string, PortOrder>();
  readonly callbacks = new Map<string, PendingCallback>();
  readonly held: PendingCallback[] = [];

  constructor(private readonly file: string | undefined) {
    if (file === undefined || !existsSync(file)) return;
    const state = JSON.parse(readFileSync(file, 'utf8')) as CarrierState;
    for (const order of state.orders) this.add(order);
    for (const callback of state.callbacks) this.callbacks.set(callback.webhook_id, callback);
    this.held.push(...state.held);
  }

  add(order: PortOrder): void {
    this.orders.set(order.port_order_id, order);
    this.byKey.set(order.idempotency_key, order);
  }

  /** The order that blocks another one for the number: one that is not cancelled. */
  holderOf(phoneNumber: string): PortOrder | undefined {
    for (const order of this.orders.values()) {
      if (order.phone_number === phoneNumber && order.status !== 'cancelled') return order;
    }
    return undefined;
  }

  save(): void {
    if (this.file === undefined) return;
    const state: CarrierState = {
      orders: [...this.orders.values()],
      callbacks: [...this.callbacks.values()],
      held: this.held,
    };
    mkdirSync(dirname(this.file), { recursive: true });
    const draft = `${this.file}.${process.pid}.tmp`;
    writeFileSync(draft, JSON.stringify(state, null, 1));
    renameSync(draft, this.file);
  }
}
