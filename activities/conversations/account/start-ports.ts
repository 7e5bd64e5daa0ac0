import { Context } from '@temporalio/activity';
import { openPortsLedBy } from '../../../gateways/store/conversations/account/portings.js';
import { portStart } from '../../../gateways/temporal/conversations/ports.js';
import type { CallDependencies } from './call-dependencies.js';
import type { BrandInput } from '../types.js';

/** Ports read and started between two heartbeats. */
const PAGE = 100;

/** Resumes after the last page that an earlier attempt started, as its heartbeat details say. */
export async function startPorts(deps: CallDependencies, brand: BrandInput): Promise<void> {
  const context = Context.current();
  let after = afterOf(context.info.heartbeatDetails);
  for (;;) {
    const page = await openPortsLedBy(deps.store, brand, { after, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return;
    await deps.workflows.start(page.map(({ channelId, names }) => portStart({ ...brand, channelId, names })));
    after = last.rowId;
    context.heartbeat(after);
    context.cancellationSignal.throwIfAborted();
  }
}

function afterOf(details: unknown): string {
  return typeof details === 'string' && /^\d+$/.test(details) ? details : '0';
}
