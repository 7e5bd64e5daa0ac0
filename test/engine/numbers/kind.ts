/**
 * The smallest kind of migration: labelled integers out of a file, one file a unit, into a table of a database: the store's own, or
 * another one.
 */

import { readFile } from 'node:fs/promises';
import { mustBeEqual } from '../../../activities/engine/complete.js';
import { fenced } from '../../../activities/engine/fenced.js';
import { STORE } from '../../../activities/engine/governing/governors.js';
import type { KindPasses, PassWork, Scope } from '../../../activities/engine/kind.js';
import { textLine } from '../../../activities/engine/slices/number-line.js';
import type { KeyRange, Source } from '../../../activities/engine/source.js';
import type { Target } from '../../../activities/engine/target.js';
import { together } from '../../../activities/engine/together.js';
import { NOTHING } from '../../../domain/engine/tally.js';
import type { WorkRef } from '../../../domain/engine/work.js';
import { moveFence } from '../../../gateways/postgres/fence.js';
import { ask } from '../../../gateways/store/sql/ask.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { Pool, Transaction } from '../../../gateways/store/sql/transaction.js';
import { COPY_RUN, type PhaseRef } from '../../../gateways/store/work/phase-ref.js';
import { planPhase } from '../../../gateways/store/work/plans.js';
import { phaseProgress } from '../../../gateways/store/work/slices.js';
import { HELD, REMOVE, shutOut, TAKE, unitOf, WRITE } from './statements.js';

export interface Labelled {
  readonly key: string;
  readonly label: string;
}

export interface NumbersDependencies {
  readonly store: Pool;
  /** Left out, the numbers go into the store. */
  readonly elsewhere?: Pool | undefined;
  fileOf(unit: string): string;
}

interface NumbersScope extends Scope {
  readonly phase: PhaseRef;
  readonly ref: WorkRef;
  readonly range: KeyRange;
}

export const PAGE = 5;
/** Two phases: keys from here on come first. */
export const BORDER = '0500';
const RANGES: Record<string, KeyRange> = {
  high: { lower: BORDER, upper: null },
  low: { lower: null, upper: BORDER },
};

export function numbersKind({ store, elsewhere, fileOf }: NumbersDependencies): KindPasses {
  const target = elsewhere ?? store;

  const held = async ({ ref, range }: NumbersScope, within: KeyRange = range): Promise<Labelled[]> =>
    (await target.query<Labelled>(HELD, [ref.unit, within.lower, within.upper])).rows;

  const inFile = async ({ ref, range }: NumbersScope): Promise<Labelled[]> => {
    const lines = (await readFile(fileOf(ref.unit), 'utf8')).split('\n').filter(Boolean);
    const all = lines.map((line) => ({ key: line.slice(0, 4), label: line.slice(5) }));
    return within(all, range);
  };

  /** A page of what `all` gives, from the greatest key down. */
  const sourceOf = (all: () => Promise<Labelled[]>): Source<Labelled> => ({
    async read(range, cursor) {
      const below = typeof cursor === 'string' ? { ...range, upper: cursor } : range;
      const items = within(await all(), below);
      const page = items.slice(0, PAGE);
      return { items: page, next: items.length > PAGE ? page.at(-1)?.key : undefined };
    },
    cut: {
      keyOf: ({ key }) => key,
      oldest: async (range) => within(await all(), range).at(-1)?.key,
      lineFor: textLine,
    },
  });

  /** Writes by one statement, in the store's transaction or behind the target's fence. */
  const writing = (
    scope: NumbersScope,
    statement: string,
    choose: (items: readonly Labelled[]) => Promise<readonly Labelled[]> = async (items) => items,
  ): Target<Labelled> => {
    const { phase, name, ref } = scope;
    const write = (tx: Transaction, batch: readonly Labelled[]) =>
      tx.query(statement, [ref.unit, batch.map(({ key }) => key), batch.map(({ label }) => label)]);
    const tallyOf = (read: number) => ({ ...NOTHING, read, taken: read });
    if (!elsewhere)
      return together<Labelled, { all: number; batch: readonly Labelled[] }>({
        pool: store,
        name: 'commit-numbers',
        phase,
        prepare: async (items) => ({ all: items.length, batch: await choose(items) }),
        write: async (tx, { all, batch }) => {
          await write(tx, batch);
          return tallyOf(all);
        },
        withoutRefused: async (batch) => batch,
      });
    return fenced<Labelled, readonly Labelled[]>({
      pool: store,
      phase,
      what: name,
      prepare: async (items) => ({ batch: await choose(items), tally: tallyOf(items.length) }),
      target: {
        apply: (fence, note, batch) =>
          transaction(elsewhere, 'commit-numbers', async (tx) => {
            const judged = await moveFence(tx, fence, note);
            if (judged.verdict === 'apply') await write(tx, batch);
            return judged;
          }),
      },
    });
  };

  /** Those that the target does not hold, or not like this. */
  const unlike = async (scope: NumbersScope, items: readonly Labelled[]) => {
    const known = new Map(
      (await held(scope, { lower: null, upper: null })).map(({ key, label }) => [key, label]),
    );
    return items.filter(({ key, label }) => known.get(key) !== label);
  };

  const extras = async (scope: NumbersScope): Promise<Labelled[]> => {
    const known = new Set((await inFile(scope)).map(({ key }) => key));
    return (await held(scope)).filter(({ key }) => !known.has(key));
  };

  const noteFindings = async (
    tx: Pool | Pick<Transaction, 'query'>,
    { ref }: NumbersScope,
    found: readonly Labelled[],
  ) => {
    await ask(tx, `INSERT INTO findings SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING`, [
      ref.run ?? '',
      ref.unit,
      found.map(({ key }) => key),
    ]);
  };

  const comparing = (scope: NumbersScope): Target<Labelled> =>
    together<Labelled, { all: number; found: readonly Labelled[] }>({
      pool: store,
      name: 'commit-findings',
      phase: scope.phase,
      prepare: async (items) => ({ all: items.length, found: await unlike(scope, items) }),
      write: async (tx, { all, found }) => {
        await noteFindings(tx, scope, found);
        return { ...NOTHING, read: all, taken: all };
      },
      withoutRefused: async (batch) => batch,
    });

  const pass = <Summary>(
    targetOf: (scope: NumbersScope) => Target<Labelled>,
    complete: (scope: NumbersScope) => Promise<Summary>,
    more: { from?: typeof held; before?: (scope: NumbersScope) => Promise<void> } = {},
  ): PassWork<NumbersScope, Summary> => ({
    async open(ref) {
      const range = RANGES[ref.phase] ?? { lower: null, upper: null };
      const { pass, run = COPY_RUN, phase } = ref;
      return {
        ref,
        range,
        phase: { unitId: await unitOf(store, ref), pass, run, phase, digestVersion: 1 },
        name: `the ${ref.phase} numbers of ${ref.unit}`,
        targets: [elsewhere ? 'numbers' : STORE],
        lane: { pieceRecords: 2 * PAGE },
      };
    },
    async plan(scope) {
      await more.before?.(scope);
      const [lower, upper] = [scope.range.lower, scope.range.upper].map((key) => key && JSON.stringify(key));
      const slice = { stage: 'numbers', lower: lower ?? null, upper: upper ?? null, estimate: 0 };
      await planPhase(store, scope.phase, { slices: [slice] });
    },
    stages: (scope) => [
      {
        name: 'numbers',
        source: sourceOf(() => (more.from ?? inFile)(scope)),
        target: targetOf(scope),
      },
    ],
    complete,
  });

  return {
    copy: pass(
      (scope) => writing(scope, TAKE),
      async (scope) => {
        const { read } = await phaseProgress(store, scope.phase, { name: '', attempt: 0 });
        const count = (await held(scope)).length;
        const isEqual = read['numbers'] === count;
        mustBeEqual(isEqual ? [] : [`numbers: read ${read['numbers']}, held ${count}`], scope.name);
        return { tally: { numbers: count } };
      },
    ),
    verify: pass(comparing, async (scope) => noteFindings(store, scope, await extras(scope))),
    repair: pass(
      (scope) => writing(scope, WRITE, (items) => unlike(scope, items)),
      async (scope) => {
        const keys = (await extras(scope)).map(({ key }) => key);
        await ask(target, REMOVE, [scope.ref.unit, keys, []]);
      },
    ),
    undo: pass(
      (scope) => writing(scope, REMOVE),
      async (scope) =>
        mustBeEqual(
          (await held(scope)).map(({ key }) => `${key} is still held`),
          `the undo of ${scope.name}`,
        ),
      {
        from: held,
        before: ({ phase }) => shutOut(store, elsewhere, { ...phase, pass: 'copy', run: COPY_RUN }),
      },
    ),
  };
}

function within(items: readonly Labelled[], { lower, upper }: KeyRange): Labelled[] {
  return items
    .filter(({ key }) => (lower === null || key >= lower) && (upper === null || key < upper))
    .toSorted((a, b) => (a.key < b.key ? 1 : -1));
}
