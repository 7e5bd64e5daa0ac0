import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { Delivery } from '../../api/delivery.js';

test('each round gives way to answers that are being written, not only the first', async () => {
  const order: string[] = [];
  let busy = 0;
  let rounds = 0;
  const delivery = new Delivery({
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
    everyMs: 3_600_000,
  });
  delivery.start();
  await vi.waitFor(() => expect(rounds).toBe(3));
  await delivery.stop();
  expect(order).toEqual(['round', 'busy', 'busy', 'round', 'round']);
});
