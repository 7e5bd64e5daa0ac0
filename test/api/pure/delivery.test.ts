import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Delivery } from '../../../api/delivery.js';
import { VirtualClock } from '../../support/virtual-clock.js';

test('every round yields to answers that are being written, not only the first', async () => {
  const order: string[] = [];
  let busy = 0;
  let rounds = 0;
  const clock = new VirtualClock();
  const delivery = new Delivery({
    clock,
    isBusy() {
      if (busy === 0) return false;
      busy -= 1;
      order.push('busy');
      return true;
    },
    async round() {
      order.push('round');
      rounds += 1;
      // Answers begin to be written while there is more to deliver.
      busy = rounds === 1 ? 2 : 0;
      return { delivered: rounds < 3 ? 1 : 0, errors: [] };
    },
    retryAll: async () => undefined,
    log: pino({ level: 'silent' }),
  });
  delivery.start();
  // It yields for 50 ms each time, and for a second once nothing is left.
  expect(await clock.runUntil(() => rounds === 3)).toBe(100);
  await delivery.stop();
  clock.assertIdle();
  expect(order).toEqual(['round', 'busy', 'busy', 'round', 'round']);
});
