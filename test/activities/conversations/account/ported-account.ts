import type { CarrierStatus, PortingState } from '../../../../domain/conversations/porting.js';
import { callBack, provisionAll, serve, statusesOf } from './call-world.js';
import type { CallWorld } from './call-world.js';

let accounts = 0;
let callbacks = 0;

/** An account with two brands; two channels of the first and one of the second share the number, one has none. */
export class PortedAccount {
  readonly #count = (accounts += 1);
  readonly accountId = `acc_${this.#count}`;
  readonly number = `+1415556${String(this.#count).padStart(4, '0')}`;
  readonly lead = { accountId: this.accountId, channelId: this.id('a') };

  private constructor(private readonly world: CallWorld) {}

  /** Makes a new one, with its brands provisioned. */
  static async provision(world: CallWorld): Promise<PortedAccount> {
    const account = new PortedAccount(world);
    const shared = { phone_number: account.number, port_phone_number: true };
    serve(world, account.accountId, {
      [account.id('one')]: [
        { channel_id: account.id('a'), ...shared },
        { channel_id: account.id('b'), type: 'voice', ...shared },
      ],
      [account.id('two')]: [
        { channel_id: account.id('c'), ...shared },
        { channel_id: account.id('d'), type: 'email' },
      ],
    });
    await provisionAll(world, account.accountId);
    return account;
  }

  /** Of a brand (`one`, `two`) or a channel (`a` to `d`; `a` leads the port). */
  id(name: string): string {
    return `${name}_${this.#count}`;
  }

  port(): Promise<{ status: string; reason: string | null; portOrderId: string | null; attempt: number }> {
    return this.world.store.prisma.phonePorting.findFirstOrThrow({ where: { phoneNumber: this.number } });
  }

  /** The channels' statuses. */
  async channels(): Promise<string[]> {
    return Object.values((await statusesOf(this.world, this.accountId)).channels);
  }

  /** The ids of the orders that the carrier has for the number. */
  orders(): string[] {
    return [...this.world.carrier.orders.values()]
      .filter((order) => order.phone_number === this.number)
      .map((order) => order.port_order_id);
  }

  /** What the carrier calls back with, of the latest order unless said otherwise. */
  tell(
    { status, at }: PortingState,
    portOrderId = this.orders().at(-1) ?? 'none',
    reason: string | null = null,
  ): Promise<PortingState | undefined> {
    callbacks += 1;
    return callBack(this.world, this.lead, {
      webhookId: `msg_${callbacks}`,
      portOrderId,
      phoneNumber: this.number,
      status: status as CarrierStatus,
      at,
      reason,
    });
  }
}

export const news = (status: CarrierStatus, second: number): PortingState => ({
  status,
  at: new Date(Date.UTC(2026, 6, 1, 0, 0, second)).toISOString(),
});
