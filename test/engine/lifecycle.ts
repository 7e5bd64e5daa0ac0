/**
 * The tests that every kind of migration must pass, as one table. A kind supplies a harness: subjects of its own, small enough to be copied in a
 * moment, and processes that die where a test wants.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pass, WorkRef } from '../../domain/engine/work.js';
import { Life } from './life.js';
import { Process, type Works } from './process.js';

export interface Harness {
  readonly name: string;
  /** The passes that its kind has. */
  readonly passes: readonly Pass[];
  /** For a kind with batches of its own: its workflow halts between them, and a late process finds everything done instead of a lost lease. */
  readonly batches?: {
    /** The points in a batch at which an old process stands still. */
    readonly holds: RegExp;
    /** The point before the last writes. */
    readonly last: string;
  };
  open(): Promise<World>;
}

export interface World {
  /** The kind as a process of its own has it. */
  start(life: Life): Works;
  /** Does what servers do to a process that stands still for long. */
  timeOut?(life: Life): Promise<void>;
  /** A new subject each time, with nothing copied. */
  subject(): Promise<Subject>;
  close(): Promise<void>;
}

export interface Subject {
  readonly units: readonly string[];
  /** What a pass works on, in order. */
  work(pass: Pass, run?: string): readonly WorkRef[];
  /** A new run of a pass that may have several. */
  newRun(pass: Pass): Promise<string>;
  /** Called once the whole run is complete. */
  endRun?(run: string): Promise<void>;
  steer(flag: 'paused' | 'cancelled', on: boolean): Promise<void>;
  /** What the target must hold of these units and phases, or of all, once they are copied; includes what would reveal a second write. */
  expected(of?: readonly WorkRef[]): unknown;
  held(of?: readonly WorkRef[]): Promise<unknown>;
  /** Damages some of the records of the first unit's first phase, and returns what a verification must find. */
  damage(): Promise<unknown>;
  findings(run: string): Promise<unknown>;
  /** How many slices somebody has claimed. */
  leased(): Promise<number>;
}

/** The limit of a test that goes through all points, on a busy machine. */
const PATIENCE = { timeout: 300_000 };

export function lifecycle(harness: Harness): void {
  describe(`the lifecycle of ${harness.name}`, () => {
    let world: World;
    beforeAll(async () => void (world = await harness.open()));
    afterAll(() => world.close());

    const slices = harness.batches === undefined;
    /** Lets an old process continue, which must find that it is shut out. */
    const letGo = async (old: Process, result: Promise<unknown>, at?: string): Promise<void> => {
      const outcome = slices
        ? expect(result, at).rejects.toMatchObject({ type: 'LeaseLost' })
        : Promise.allSettled([result]);
      old.life.letGo();
      await outcome;
    };
    const has = (pass: Pass) => harness.passes.includes(pass);
    const run = async (subject: Subject, pass: Pass, process = new Process(world)): Promise<string> => {
      const name = await subject.newRun(pass);
      await process.toEnd(subject.work(pass, name));
      await subject.endRun?.(name);
      return name;
    };
    const copied = async (phases?: number): Promise<Subject> => {
      const subject = await world.subject();
      await new Process(world).toEnd(subject.work('copy').slice(0, phases));
      return subject;
    };

    test('is copied once, phase by phase, and a second copy changes nothing', async () => {
      const subject = await copied();
      expect(await subject.held()).toEqual(subject.expected());
      await new Process(world).toEnd(subject.work('copy'));
      expect(await subject.held()).toEqual(subject.expected());
      expect(await subject.leased()).toBe(0);
    });

    test.runIf(slices)('is not complete before all of it is read', async () => {
      const subject = await world.subject();
      const [ref] = subject.work('copy') as [WorkRef];
      await subject.steer('paused', true);
      expect(await new Process(world).work(ref)).toMatchObject({ finished: false, halted: true });
      await expect(new Process(world).complete(ref)).rejects.toMatchObject({ type: 'Unexpected' });
    });

    test.runIf(slices).each(['paused', 'cancelled'] as const)(
      'halts within a batch when it is %s, and continues afterwards',
      async (flag) => {
        const subject = await world.subject();
        const [ref] = subject.work('copy') as [WorkRef];
        // The first batch: the plan's transaction comes before it.
        const first = new Process(world, new Life({ holdAt: 'store:commit#2' }));
        const result = first.work(ref);
        await first.life.held;
        await subject.steer(flag, true);
        first.life.letGo();
        // Whether the batch in progress still sees the flag depends on when it was read.
        await result;
        expect(await new Process(world).work(ref)).toMatchObject({ finished: false, halted: true });
        expect(await subject.leased()).toBe(0);
        await subject.steer(flag, false);
        await new Process(world).toEnd(subject.work('copy'));
        expect(await subject.held()).toEqual(subject.expected());
      },
    );

    test('after a process dies at any point, the next one finishes the copy', PATIENCE, async () => {
      await dieEverywhere('copy', async () => world.subject());
    });

    test('a stale process that comes back writes nothing more', PATIENCE, async () => {
      const begins = async (): Promise<string[]> => {
        const rehearsed = new Process(world);
        await rehearsed.work((await world.subject()).work('copy')[0] as WorkRef);
        return rehearsed.life.passed.filter((point) => (harness.batches?.holds ?? /:begin#/).test(point));
      };
      // The first of slices is the plan's.
      for (const holdAt of (await begins()).slice(slices ? 1 : 0)) {
        const subject = await world.subject();
        const [ref] = subject.work('copy') as [WorkRef];
        const old = new Process(world, new Life({ holdAt }));
        const result = old.work(ref);
        await Promise.race([old.life.held, result]);
        await world.timeOut?.(old.life);
        await new Process(world, new Life(), 2).toEnd(subject.work('copy'));
        await letGo(old, result, holdAt);
        expect(await subject.held(), holdAt).toEqual(subject.expected());
      }
    });

    test.runIf(has('verify'))('a verification finds what is damaged, and nothing else', async () => {
      const subject = await copied();
      expect(await subject.findings(await run(subject, 'verify'))).toEqual([]);
      const damage = await subject.damage();
      expect(await subject.findings(await run(subject, 'verify'))).toEqual(damage);
    });

    test.runIf(has('repair'))(
      'a repair restores damaged records, wherever its process dies',
      PATIENCE,
      async () => {
        const subject = await copied();
        await subject.damage();
        await run(subject, 'repair');
        expect(await subject.held()).toEqual(subject.expected());
        expect(await subject.findings(await run(subject, 'verify'))).toEqual([]);

        await dieEverywhere('repair', async () => {
          const each = await copied(1);
          await each.damage();
          return each;
        });
      },
    );

    test.runIf(has('undo'))('an undo leaves nothing, wherever its process dies', PATIENCE, async () => {
      const subject = await copied();
      await run(subject, 'undo');
      expect(await subject.held()).toEqual([]);
      await dieEverywhere('undo', () => copied(1));
    });

    test.runIf(has('undo'))(
      'an undo shuts out a copy that still runs, and one that comes later',
      async () => {
        const subject = await world.subject();
        const [ref] = subject.work('copy') as [WorkRef];
        const old = new Process(world, new Life({ holdAt: harness.batches?.last ?? 'store:begin#2' }));
        const result = old.work(ref);
        await old.life.held;
        await world.timeOut?.(old.life);
        // Missing records cannot be rolled back user by user.
        if (!slices) await new Process(world, new Life(), 2).toEnd(subject.work('copy'));
        await run(subject, 'undo');
        for (const each of subject.work('copy')) await new Process(world, new Life(), 2).work(each);
        expect(await subject.held()).toEqual([]);
        await letGo(old, result);
        expect(await subject.held()).toEqual([]);
      },
    );

    /** Lets a pass over one phase die at each of its points in turn; the next process must reach the same end. */
    async function dieEverywhere(pass: Pass, before: () => Promise<Subject>): Promise<void> {
      const start = async (life?: Life) => {
        const subject = await before();
        const refs = subject.work(pass, await subject.newRun(pass)).slice(0, 1);
        const copies = subject.work('copy').slice(0, 1);
        return { subject, refs, copies, process: new Process(world, life) };
      };
      const rehearsed = await start();
      await rehearsed.process.toEnd(rehearsed.refs);
      // Before a transaction or a statement begins, nothing differs from the point after the previous one. A third call is like the second.
      const points = rehearsed.process.life.passed.filter((point) =>
        /:(commit|committed)#|:asked .*#[12]$/.test(point),
      );
      expect(points.length).toBeGreaterThan(10);
      for (const dieAt of points) {
        const { subject, refs, copies, process } = await start(new Life({ dieAt }));
        const died = await process.toEnd(refs).then(
          () => false,
          () => process.life.isDead,
        );
        // How often a lane looks for slices differs from run to run; how often it commits does not.
        if (dieAt.includes(':commit')) expect(died, dieAt).toBe(true);
        await new Process(world, new Life(), 2).toEnd(refs);
        expect(await subject.held(copies), dieAt).toEqual(pass === 'undo' ? [] : subject.expected(copies));
      }
    }
  });
}
