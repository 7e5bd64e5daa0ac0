import { randomUUID } from 'node:crypto';
import { FaultBox, type Fault } from './faults.js';
import { createServer, listen } from './server.js';
import { SAMPLE_SCHEDULE, stepsOf, type PortBehaviour, type PortSchedule } from './carrier/behaviour.js';
import { CallbackSender, REDELIVERY, type RawCallback, type Redelivery } from './carrier/callbacks.js';
import { isFinal, OrderBook, type PortOrder, type PortStatus } from './carrier/orders.js';
import {
  addOrderRoutes,
  CARRIER_ROUTES,
  type CarrierRoute,
  type OrderRequest,
  type Placed,
} from './carrier/routes.js';

export interface CarrierOptions {
  /** The preferred port; another is used if it is taken. */
  port?: number;
  token: string;
  /** Each `whsec_<base64>`; a callback is signed with all of them. */
  webhookSecrets: string[];
  /** The file that keeps orders and callbacks when the process ends; without one they are lost. */
  stateFile?: string;
  schedule?: PortSchedule;
  redelivery?: Partial<Redelivery>;
  /** By phone number. */
  behaviours?: Record<string, PortBehaviour>;
  faults?: Partial<Record<CarrierRoute, Fault>>;
}

export interface Carrier {
  /** `CARRIER_API_URL` */
  url: string;
  orders: ReadonlyMap<string, Readonly<PortOrder>>;
  requests: Readonly<Record<CarrierRoute, number>>;
  callbacks: Readonly<CallbackSender['counts']>;
  setFault(route: CarrierRoute, fault: Fault | null): void;
  /** Applies to later orders. */
  setBehaviour(phoneNumber: string, behaviour: PortBehaviour): void;
  /** Lets the account's held orders continue on schedule. A second call changes nothing. */
  release(accountId: string): void;
  /** Signs later callbacks with these. */
  useSecrets(secrets: string[]): void;
  /** Changes an order at once and sends a callback, as somebody at the carrier may. */
  move(portOrderId: string, status: PortStatus, reason?: string): void;
  /** Sends any callback. @returns the status of the answer */
  sendCallback(raw: RawCallback): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts a carrier on 127.0.0.1 that ports numbers as the contract says. With the state file of an earlier one it continues: changes that
 * have come due happen at once, and callbacks that nobody accepted are sent again.
 */
export async function startCarrier(options: CarrierOptions): Promise<Carrier> {
  const book = new OrderBook(options.stateFile);
  const behaviours = new Map(Object.entries(options.behaviours ?? {}));
  const redelivery = { ...REDELIVERY, ...options.redelivery };
  const sender = new CallbackSender(book, [...options.webhookSecrets], redelivery);
  const desk = new PortDesk(book, sender, options.schedule ?? SAMPLE_SCHEDULE, behaviours);
  const faults = new FaultBox<CarrierRoute>(CARRIER_ROUTES);
  for (const route of CARRIER_ROUTES) faults.set(route, options.faults?.[route] ?? null);

  const server = createServer();
  faults.install(server);
  addOrderRoutes(server, options.token, desk);
  const url = await listen(server, options.port);
  return {
    url,
    orders: book.orders,
    requests: faults.requests,
    callbacks: sender.counts,
    setFault: (route, fault) => faults.set(route, fault),
    setBehaviour: (phoneNumber, behaviour) => void behaviours.set(phoneNumber, behaviour),
    release: (accountId) => desk.release(accountId),
    useSecrets: (secrets) => void (sender.secrets = [...secrets]),
    move: (portOrderId, status, reason) => desk.move(portOrderId, status, reason ?? null),
    sendCallback: (raw) => sender.send(raw),
    async stop() {
      desk.stop();
      sender.stop();
      await server.close();
    },
  };
}

/** Places, advances and cancels orders. */
class PortDesk {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly book: OrderBook,
    private readonly sender: CallbackSender,
    private readonly schedule: PortSchedule,
    private readonly behaviours: Map<string, PortBehaviour>,
  ) {
    for (const order of book.orders.values()) this.awaitNextStep(order);
  }

  find(portOrderId: string): PortOrder | undefined {
    return this.book.orders.get(portOrderId);
  }

  /** Idempotent: the same key finds the same order, whatever else the request says. */
  place(key: string, request: OrderRequest): Placed {
    const known = this.book.byKey.get(key);
    if (known !== undefined) return { code: 200, order: known };
    const behaviour = this.behaviours.get(request.phone_number) ?? {};
    if (behaviour.refuse !== undefined) return { code: 422, reason: behaviour.refuse };
    if (behaviour.alreadyPorting !== undefined) return { code: 409, reason: behaviour.alreadyPorting };
    const holder = this.book.holderOf(request.phone_number);
    if (holder !== undefined) {
      const what = holder.status === 'complete' ? 'has been ported already' : 'is already being ported';
      return { code: 409, reason: `${request.phone_number} ${what}` };
    }
    const now = Date.now();
    const order: PortOrder = {
      port_order_id: `po_${randomUUID()}`,
      idempotency_key: key,
      ...request,
      status: 'submitted',
      reason: null,
      updated_at: now,
      ...(behaviour.held === true
        ? { steps: [], held: true }
        : { steps: stepsOf(this.schedule, behaviour, now, this.book.orders.size) }),
      callbacks: behaviour.callbacks ?? 'normal',
    };
    this.book.add(order);
    this.book.save();
    this.awaitNextStep(order);
    return { code: 201, order };
  }

  release(accountId: string): void {
    const held = [...this.book.orders.values()].filter(
      (order) => order.account_id === accountId && order.held === true && !isFinal(order.status),
    );
    if (held.length === 0) return;
    for (const [place, order] of held.entries()) {
      const behaviour = this.behaviours.get(order.phone_number) ?? {};
      order.held = false;
      order.steps = stepsOf(this.schedule, behaviour, Date.now(), place);
    }
    this.book.save();
    for (const order of held) this.awaitNextStep(order);
  }

  /** @returns false if it is too late */
  cancel(order: PortOrder): boolean {
    if (order.status === 'complete') return false;
    if (order.status !== 'cancelled') this.move(order.port_order_id, 'cancelled', 'cancelled by request');
    return true;
  }

  move(portOrderId: string, status: PortStatus, reason: string | null): void {
    const order = this.find(portOrderId);
    if (order === undefined) throw new Error(`no port order ${portOrderId}`);
    order.status = status;
    order.reason = reason;
    // The latest timestamp decides the state, so no two changes may share one.
    order.updated_at = Math.max(Date.now(), order.updated_at + 1);
    if (isFinal(status)) order.steps = [];
    const ended = isFinal(status) || (this.schedule !== 'manual' && order.steps.length === 0);
    this.sender.announce(order, ended);
    this.book.save();
    this.awaitNextStep(order);
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private awaitNextStep(order: PortOrder): void {
    clearTimeout(this.timers.get(order.port_order_id));
    this.timers.delete(order.port_order_id);
    const next = order.steps[0];
    if (next === undefined) return;
    const timer = setTimeout(
      () => {
        order.steps.shift();
        this.move(order.port_order_id, next.status, next.reason);
      },
      Math.max(0, next.at - Date.now()),
    );
    this.timers.set(order.port_order_id, timer);
  }
}
