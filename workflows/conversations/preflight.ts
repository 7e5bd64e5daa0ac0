import type { PreflightActivities } from '../../activities/conversations/types.js';
import type { PreflightInput } from '../../domain/conversations/messages.js';
import type { Preflight } from '../../domain/engine/preflight.js';
import { ActivityProxies } from '../engine/activities.js';

/** What a start of an account would do. Its result is the API's answer; nothing is kept. */
export async function PreflightWorkflow({ accountId }: PreflightInput): Promise<Preflight> {
  const proxies = new ActivityProxies<PreflightActivities>(accountId);
  return proxies.with('asked', 'Find out what a start would do').preflight({ accountId });
}
