import { randomBytes } from 'node:crypto';
import type { RawCallback } from '../../../dev/sample/carrier/callbacks.js';
import { portedNumbers } from '../../../dev/sample/generator/account.js';
import { count } from '../../engine/terminal/words.js';
import { DrillFailure } from '../failure.js';
import type { Fault } from '../fault.js';
import type { Scene } from '../scene.js';

const TEN_MINUTES_MS = 600_000;

/** Callbacks that the carrier did not send say that numbers are ported. Those that it sends later count. */
export const forgeCallback: Fault = {
  name: 'forge-callback',
  title: 'Forge a callback',
  account: { brands: 1, channels: 6, portedNumbers: 2, threads: 50, messages: 300 },
  async inject(scene) {
    const { scratch, account } = scene;
    const { carrier } = scratch.world;
    for (const number of portedNumbers(account)) carrier.setBehaviour(number, { held: true });
    scratch.startWorker();
    await scene.begin();
    await scratch.until('every number was ordered', async () => {
      const { ports } = await scene.view();
      return ports.length === account.counts.ports && ports.every((port) => port.port_order_id !== null);
    });
    await scene.untilExplained(/the carrier/);
    const before = await portsOf(scene);
    const forged = forgeriesOf(scene);
    for (const { what, status, callback } of forged) {
      const answered = await carrier.sendCallback(callback);
      if (answered !== status)
        throw new DrillFailure(`A callback ${what} was answered ${answered}, and should be ${status}.`);
    }
    if ((await portsOf(scene)) !== before) throw new DrillFailure('A forged callback has changed a port.');
    carrier.release(account.accountId);
    return `refused ${count(forged.length)} forged callbacks (${forged.map(({ what }) => what).join(', ')}), and then took the carrier's own`;
  },
};

interface Forgery {
  readonly what: string;
  /** Of the answer. */
  readonly status: number;
  readonly callback: RawCallback;
}

/** All say that a number is ported. */
function forgeriesOf({ scratch, account, clock }: Scene): Forgery[] {
  const order = [...scratch.world.carrier.orders.values()].find(
    (each) => each.account_id === account.accountId,
  );
  if (order === undefined) throw new DrillFailure('No number was ordered.');
  const { callback_url: url, channel_id, phone_number, port_order_id } = order;
  const said = (id: string) =>
    JSON.stringify({
      type: 'port_order.updated',
      timestamp: new Date(clock.now()).toISOString(),
      data: { port_order_id: id, channel_id, phone_number, status: 'complete', reason: null },
    });
  const body = said(port_order_id);
  const stranger = `whsec_${randomBytes(32).toString('base64')}`;
  return [
    { what: 'with another secret', status: 401, callback: { url, body, secrets: [stranger] } },
    { what: 'without a signature', status: 401, callback: { url, body, secrets: [] } },
    {
      what: 'from ten minutes ago',
      status: 401,
      callback: { url, body, timestamp: new Date(clock.now() - TEN_MINUTES_MS) },
    },
    { what: 'for an unknown order', status: 404, callback: { url, body: said('po_unknown') } },
  ];
}

async function portsOf(scene: Scene): Promise<string> {
  const { ports } = await scene.view();
  return ports.map(({ phone_number, status }) => `${phone_number} ${status}`).join('\n');
}
