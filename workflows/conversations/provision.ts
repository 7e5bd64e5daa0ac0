import { endingFailure } from '../engine/failures.js';
import type { UnitSteps } from '../engine/kind.js';
import { activitiesOf } from './activities.js';
import type { BrandOwn } from '../../domain/conversations/brand-own.js';

/**
 * Creates the brand's channels, unless the preparation has, and starts the workflows that follow their ports, before its recent messages. A channel
 * that fails does not delay the ports of the others.
 */
export async function provision(run: UnitSteps<BrandOwn>): Promise<void> {
  if (run.phases[0] !== 'recent' || run.own.channels === 'done') return;
  const { provisionBrand, startPorts } = activitiesOf(run.subject);
  run.now('channels');
  await run.passWhenResumed();
  if (run.own.channels === 'created') await run.recorded('channels', () => startPorts(run.unit));
  else {
    const since = Date.now();
    const { portingChannelIds, failures } = await run.recorded('channels', () => provisionBrand(run.unit));
    if (portingChannelIds.length > 0) await run.recorded('channels', () => startPorts(run.unit));
    if (failures[0] !== undefined) throw endingFailure(failures[0], since);
  }
  run.set({ channels: 'done' });
}
