import { expect } from 'vitest';
import { addMove } from '../moves-kind.js';
import { type World, meet, tokenFor } from '../world.js';

/** A started account, and a move of each outcome. Then the API listens. */
export async function addOverviewed(world: World): Promise<void> {
  await meet(world, 'acc_1');
  await world.call('POST', '/v2/start-migration', {
    token: await tokenFor('service'),
    body: { account_id: 'acc_1' },
  });
  await addMove(world.store, '1:4');
  await addMove(world.store, '2:5', 'failed');
  await addMove(world.store, '3:6', 'completed');
  await world.app.listen({ host: '127.0.0.1', port: 0 });
}

/** What an operator gets there. */
export async function answerAt(world: World, path: string) {
  const answer = await world.call('GET', path, { token: await tokenFor('operator') });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}
