import { expect, it } from 'vitest';
import { forThisFile } from '../../support/for-this-file.js';
import { onboardingTest } from '../../support/onboarding/setup.js';
import { type World, apiWorld, tokenFor } from '../world.js';
import { callsAt } from './served.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';

/** There is no worker, so accepted requests are not carried out. */
const test = onboardingTest();
let world: World;
forThisFile(
  () => apiWorld({ onboarding: test.stores, kinds: {} }),
  (opened) => (world = opened),
);
const call = callsAt(() => world);

it('refuses invalid requests', async () => {
  const id = await test.product.addUser();
  const bad = [
    {},
    { user_ids: [] },
    { user_ids: ['x'] },
    { user_ids: [id], all: true },
    { all: false },
    { all: true, batch_size: 0 },
    { all: true, batch_size: 501 },
    { user_ids: [id], more: 1 },
  ];
  for (const body of bad)
    expect((await call('POST', '/migrate', body)).status, JSON.stringify(body)).toBe(400);
  for (const wait of ['-1', '61', '1.5', 'x'])
    expect((await call('POST', `/migrate?wait=${wait}`, { user_ids: [id] })).status).toBe(400);
  expect((await call('POST', '/migrate', { user_ids: [id] }, 'service')).status).toBe(403);
  const many = Array.from({ length: 10_000 }, () => id);
  expect((await call('POST', '/migrate', { user_ids: many, batch_size: 50 })).status).toBe(202);
  expect((await call('POST', '/migrate', { user_ids: [...many, id] })).status).toBe(400);
  expect((await call('POST', '/migrate', { user_ids: [id], pad: 'x'.repeat(600_000) })).status).toBe(413);
});

it('does not exist if the kind is off', async () => {
  const off = await apiWorld();
  try {
    const token = await tokenFor('admin');
    for (const path of ['/stats', '/health', `/validate/${NOBODY}`])
      expect((await off.call('GET', `/api/v1/onboarding/migration${path}`, { token })).statusCode).toBe(404);
    const answer = await off.call('GET', `/v2/kinds/onboarding/migrations/${NOBODY}`, { token });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ detail: expect.stringContaining('ONBOARDING_DATABASE_URL') });
  } finally {
    await off.close();
  }
});
