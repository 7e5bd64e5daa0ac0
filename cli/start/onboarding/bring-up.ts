import { seedDynamoDB } from '../../../dev/sample/dynamodb.js';
import {
  addSampleUsers,
  createProduct,
  openProduct,
  type Product,
} from '../../../dev/sample/onboarding/product.js';
import { openRedis, type Redis } from '../../../gateways/redis/client.js';
import { count } from '../../engine/terminal/words.js';
import { type BroughtUp, bringUpProcesses, bringUpServers, type Means, targetOf } from '../bring-up.js';
import { type StartedWorld, UNUSED } from '../environments.js';
import type { StartOptions } from '../options.js';

export interface OnboardingDemo extends StartedWorld, Pick<BroughtUp, 'workerPid'> {
  /** The product's database. */
  readonly product: Product;
  readonly redis: Redis;
}

export const SAMPLE_USERS = { seed: 1, faultEvery: 400 };
const USERS_AT_ONCE = 1_000;

/** Brings up the servers, a product with legacy users, and Carryover's processes. */
export async function bringUpOnboarding(options: StartOptions, means: Means): Promise<OnboardingDemo> {
  const { closing, steps } = means;
  const { home, stack } = await bringUpServers(options, means, {
    name: 'PostgreSQL, Redis and Temporal',
    redis: true,
    // The one that starts at once: nothing is read there.
    dynamodb: 'dynalite',
  });
  // A worker looks whether the source's tables are there.
  await seedDynamoDB(targetOf(stack), []);
  const redisUrl = stack.redisUrl ?? '';
  const productUrl = await createProduct(stack.env.DATABASE_URL);
  const product = openProduct(productUrl);
  const redis = openRedis(redisUrl);
  closing.later('', async () => void (await Promise.allSettled([product.end(), redis.close()])));
  await steps.run(`A product with ${count(options.users)} legacy users`, async (say) => {
    for (let from = 0; from < options.users; from += USERS_AT_ONCE) {
      closing.signal.throwIfAborted();
      const to = Math.min(from + USERS_AT_ONCE, options.users);
      await addSampleUsers(product, { from, to }, SAMPLE_USERS);
      say(`${count(to)} users are in its database`, to / options.users);
    }
  });
  const world = {
    home,
    stack: stack.env,
    sample: { ...UNUSED, ONBOARDING_DATABASE_URL: productUrl, ONBOARDING_REDIS_URL: redisUrl },
    apiPort: await home.folder.port('api'),
  };
  return { ...world, product, redis, ...(await bringUpProcesses(world, means)) };
}
