import { afterAll, beforeAll } from 'vitest';
import { openStore, type Store } from '../../../gateways/store/sql/connect.js';
import type { OpenOnboarding } from '../../../gateways/onboarding/open.js';
import { type TestDatabase, testDatabase } from '../servers.js';
import { Mover } from './mover.js';
import { Product, type TestRedis, testRedis } from './world.js';

export interface OnboardingTest {
  readonly redis: TestRedis;
  readonly product: Product;
  readonly stores: OpenOnboarding;
  readonly store: Store;
  readonly mover: Mover;
  /** The store's. */
  readonly database: TestDatabase;
}

/** A product, a store and a Redis for the tests of a file. */
export function onboardingTest(durable = false): OnboardingTest {
  const open = {} as { -readonly [Key in keyof OnboardingTest]: OnboardingTest[Key] } & {
    database: TestDatabase;
  };
  beforeAll(async () => {
    open.redis = await testRedis(durable);
    open.product = await Product.open(open.redis.url);
    open.database = await testDatabase();
    open.store = openStore(open.database.url, { max: 6, controlMax: 6 });
    open.stores = open.product.stores();
    open.mover = new Mover(open.store, open.stores);
  });
  afterAll(async () => {
    await open.stores?.close();
    await open.store?.close();
    await open.product?.close();
    await open.redis?.remove();
    await open.database?.drop();
  });
  return open;
}
