import { sampleChatwoot } from '../../../dev/sample/chatwoot/database.js';
import type { ChatwootSample } from '../../../dev/sample/chatwoot/generate.js';
import { seedDynamoDB } from '../../../dev/sample/dynamodb.js';
import { type BroughtUp, bringUpProcesses, bringUpServers, type Means, targetOf } from '../bring-up.js';
import { type StartedWorld, UNUSED } from '../environments.js';
import type { StartOptions } from '../options.js';

export interface InboxDemo extends StartedWorld, Pick<BroughtUp, 'workerPid'> {
  readonly chatwootUrl: string;
}

/** About 12,000 conversations of people of all sorts. */
const SAMPLE: ChatwootSample = {
  seed: 5,
  contacts: 6_000,
  source: 'evolution',
  destination: 'cloud',
  messages: 8,
};

/** Brings up the servers, a Chatwoot database, and Carryover's processes. */
export async function bringUpInbox(options: StartOptions, means: Means): Promise<InboxDemo> {
  const { home, stack } = await bringUpServers(options, means, {
    name: 'PostgreSQL and Temporal',
    // The one that starts at once: nothing is read there.
    dynamodb: 'dynalite',
  });
  // A worker looks whether the source's tables are there.
  await seedDynamoDB(targetOf(stack), []);
  const chatwootUrl = await means.steps.run('A Chatwoot database with 12,000 conversations', () =>
    sampleChatwoot(stack.env.DATABASE_URL, SAMPLE),
  );
  const world = {
    home,
    stack: stack.env,
    sample: { ...UNUSED, CHATWOOT_DATABASE_URL: chatwootUrl },
    apiPort: await home.folder.port('api'),
  };
  return { ...world, chatwootUrl, ...(await bringUpProcesses(world, means)) };
}
