import fc from 'fast-check';
import { test } from 'vitest';
import type { Hint } from '../../../../domain/conversations/following/hints.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { Verifier } from '../verification/verification-world.js';
import { BRANDS, beginning, change, ChangingSource } from './changing-source.js';
import type { Change } from './changing-source.js';
import { FollowedWorld } from './following-world.js';

/** A step beside an import, between the read of a page and its commit. */
type Step =
  | { readonly do: 'change'; readonly what: Change }
  /** Applies the first hints, all or some; `dies`: before or after its commit. */
  | { readonly do: 'follow'; readonly all: boolean; readonly dies: 'before' | 'after' | null }
  /** A follower that begins while a batch is being written. */
  | { readonly do: 'follow beside' }
  /** Applies hints again. */
  | { readonly do: 'repeat' }
  /** The import dies before or after its commit. */
  | { readonly do: 'kill import'; readonly at: 'before' | 'after' };

const end = fc.constantFrom('before' as const, 'after' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('change' as const), what: change }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('follow' as const),
      all: fc.boolean(),
      dies: fc.option(end, { freq: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'follow beside' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'repeat' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill import' as const), at: end }) },
);
/** Before each commit of an import or a repair. */
const steps = fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 40 });

class Died extends Error {
  /** The code of a lost connection. */
  readonly code = 'ECONNRESET';
}

class Interleaving {
  readonly #source: ChangingSource;
  readonly #applied: Hint[] = [];
  readonly #beside: Promise<unknown>[] = [];

  constructor(
    private readonly followed: FollowedWorld,
    private readonly due: (readonly Step[])[],
    { isRepaired }: { readonly isRepaired: boolean },
  ) {
    this.#source = new ChangingSource(followed, isRepaired);
  }

  get source(): ChangingSource {
    return this.#source;
  }

  /** Both phases of all brands, with steps before each commit. */
  async migrate(): Promise<void> {
    const { world } = this.followed;
    for (const phase of ['recent', 'remaining'] as const) {
      for (const brandId of BRANDS) {
        let attempt = 0;
        const activity = { activityId: `${phase} of ${brandId}` };
        await again(async () => {
          attempt += 1;
          const environment = world.environment({ ...activity, attempt });
          return world.attempt(brandId, phase, {}, environment, { pool: this.#importing() });
        });
        await this.#take();
        await world.complete(brandId, phase);
      }
    }
  }

  /** A verification with repair, with steps before each commit of a page. */
  async repair(): Promise<void> {
    const { world } = this.followed;
    const verifier = new Verifier(world, this.#importing());
    const id = await verifier.ask('acc_1', true);
    for (const pass of [1, 2] as const) {
      const turns = BRANDS.map((brandId) => verifier.turn(id, brandId, pass, pass === 1));
      for (const turn of turns) {
        let attempt = 0;
        const activity = { activityId: `${pass} of ${turn.units.join()}` };
        await again(() => {
          attempt += 1;
          return verifier.slices(turn, {}, world.environment({ ...activity, attempt }));
        });
        await this.#take();
      }
      for (const turn of turns) await verifier.finish(turn);
    }
    await verifier.end('acc_1', id);
  }

  /** The rest of the import, and all hints. */
  async finish(): Promise<void> {
    while (this.due.length > 0) await this.#take();
    await Promise.all(this.#beside);
    await this.#follow(this.followed.take(), null);
    await this.followed.applyWaiting();
  }

  #importing(): Pool {
    let dies: 'before' | 'after' | undefined;
    const begin = async (send: () => Promise<unknown>): Promise<unknown> => {
      dies = await this.#take();
      return send();
    };
    const commit = async (send: () => Promise<unknown>): Promise<unknown> => {
      if (dies === undefined) return send();
      if (dies === 'after') await send();
      throw new Died();
    };
    return this.followed.world.changing((statement, send) => {
      if (typeof statement === 'string' && /^BEGIN.*: commit-/s.test(statement)) return begin(send);
      // A COPY is a stream, which must be returned at once.
      return statement === 'COMMIT' ? commit(send) : send();
    });
  }

  /** Takes the next steps; returns whether the import dies after them. */
  async #take(): Promise<'before' | 'after' | undefined> {
    let dies: 'before' | 'after' | undefined;
    for (const next of this.due.shift() ?? []) {
      if (next.do === 'change') await this.#source.make(next.what);
      else if (next.do === 'repeat') await this.followed.follow([...this.#applied].toReversed());
      else if (next.do === 'kill import') dies = next.at;
      else if (next.do === 'follow beside') this.#beside.push(this.#follow(this.followed.take(), null));
      else {
        const hints = this.followed.take();
        const now = next.all ? hints : hints.filter((_, n) => n % 2 === 0);
        if (!next.all) this.followed.hints.push(...hints.filter((_, n) => n % 2 === 1));
        await this.#follow(now, next.dies);
      }
    }
    return dies;
  }

  /** A follower that dies applies its hints again. */
  async #follow(hints: readonly Hint[], dies: 'before' | 'after' | null): Promise<void> {
    const { followed } = this;
    this.#applied.push(...hints);
    if (dies !== null) {
      let left = 1;
      const dying = followed.world.breaking(async (send) => {
        left -= 1;
        if (left < 0) return send();
        if (dies === 'after') await send();
        throw new Died();
      });
      await followed.follow([...hints], dying).catch(() => undefined);
    }
    await followed.follow([...hints]);
  }
}

/** Until it is finished, however often it dies. */
async function again(work: () => Promise<{ readonly finished: boolean }>): Promise<void> {
  for (;;)
    try {
      if ((await work()).finished) return;
    } catch (error) {
      if (!/Died|StoreUnavailable|unavailable/.test(String(error))) throw error;
    }
}

test('store and source agree item by item, whatever changes during an import and a repair and whenever followers and imports die', async () => {
  await fc.assert(
    fc.asyncProperty(beginning, steps, fc.boolean(), async (first, due, isRepaired) => {
      const followed = await FollowedWorld.open(BRANDS, { pageRecords: 3 });
      try {
        const interleaving = new Interleaving(followed, [...due], { isRepaired });
        await interleaving.source.begin(first);
        followed.take();
        await interleaving.migrate();
        if (isRepaired) await interleaving.repair();
        await interleaving.finish();
        await followed.expectEqual(BRANDS, { isRepaired });
      } finally {
        await followed.close();
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
});
