import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { durationHistogram } from '../../../gateways/metrics/durations.js';

const ABOUT = { name: 'durations_seconds', help: 'How long it took.' };
const SHAPE = { labelNames: ['method', 'status'], buckets: [0.001, 0.25, 5] };
const anyNotes = fc.array(
  fc.record({
    method: fc.constantFrom('GET', 'POST'),
    status: fc.constantFrom('200', '304'),
    ms: fc.oneof(fc.constantFrom(0, 1, 250, 5_000, 5_000.5), fc.double({ min: 0, max: 10_000, noNaN: true })),
  }),
);

test('a histogram of durations is scraped as that of prom-client', async () => {
  await fc.assert(
    fc.asyncProperty(anyNotes, async (notes) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const durations = durationHistogram(ours, ABOUT, SHAPE);
      const histogram = new Histogram({ ...ABOUT, ...SHAPE, registers: [theirs] });
      durations.of('GET', 'never noted');
      for (const { method, status, ms } of notes) {
        durations.of(method, status).note(ms);
        histogram.observe({ method, status }, ms / 1_000);
      }
      expect(linesOf(await ours.metrics())).toEqual(linesOf(await theirs.metrics()));
    }),
  );
});

/** Sums are compared by their first digits: one adds milliseconds, the other seconds. */
function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.replace(/(?<=_sum\S* ).*/, (sum) => Number(sum).toPrecision(9)));
}
