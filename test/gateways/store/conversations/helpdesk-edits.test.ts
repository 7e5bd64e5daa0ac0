import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mapThread } from '../../../../domain/conversations/records/map-thread.js';
import { findBrand } from '../../../../gateways/store/conversations/import/brand.js';
import type { ImportedBrand } from '../../../../gateways/store/conversations/import/brand.js';
import { removeSourceNames } from '../../../../gateways/store/conversations/import/contacts.js';
import { writeThreads } from '../../../../gateways/store/conversations/import/threads.js';
import type { ReadThread } from '../../../../gateways/store/conversations/import/threads.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { ImportWorld } from '../../../activities/conversations/import/import-world.js';
import { threadItem } from '../../../activities/conversations/import/source-items.js';

const KINDS = ['sms', 'void'] as const;
type Kind = (typeof KINDS)[number];

interface Source {
  status: string;
  name: string | null;
  /** Day of its last message. */
  day: number;
}

type Step =
  | { readonly do: 'change'; readonly kind: Kind; readonly to: Partial<Source> }
  | { readonly do: 'read'; readonly kinds: readonly Kind[]; readonly repair: boolean }
  | { readonly do: 'close'; readonly status: string }
  | { readonly do: 'rename'; readonly name: string };

const status = fc.constantFrom('open', 'closed', 'archived');
const kind = fc.constantFrom(...KINDS);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('change' as const), kind, to: fc.record({ status }) }),
    fc.record({
      do: fc.constant('change' as const),
      kind,
      to: fc.record({ name: fc.constantFrom('Ann', 'Bob', 'Cy') }),
    }),
    fc.record({
      do: fc.constant('change' as const),
      kind,
      to: fc.record({ day: fc.integer({ min: 1, max: 9 }) }),
    }),
    fc.record({
      do: fc.constant('read' as const),
      kinds: fc.uniqueArray(kind, { minLength: 1, maxLength: 2 }),
      repair: fc.boolean(),
    }),
    fc.record({ do: fc.constant('close' as const), status }),
    fc.record({ do: fc.constant('rename' as const), name: fc.constantFrom('Ann', 'Bob', 'Zoe') }),
  ),
  { minLength: 3, maxLength: 14 },
);

let world: ImportWorld;
let brand: ImportedBrand;
let runs = 0;
beforeAll(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', 'br_1_1');
  brand = await findBrand(world.pool, { accountId: 'acc_1', brandId: 'br_1_1' });
});
afterAll(() => world.close());

function merged(sources: readonly Source[]): string {
  return ['open', 'closed'].find((one) => sources.some((source) => source.status === one)) ?? 'archived';
}

/** Of equal days the smaller id gives the name: `sms` before `void`. */
function named(read: ReadonlyMap<Kind, Source>): string | null {
  const all = KINDS.flatMap((one) => read.get(one) ?? []).filter((source) => source.name !== null);
  return all.toSorted((a, b) => b.day - a.day)[0]?.name ?? null;
}

/** One thread with two sources and its contact, and what must hold of them after each read. */
class Scenario {
  readonly now = new Map<Kind, Source>(KINDS.map((one) => [one, { status: 'open', name: null, day: 1 }]));
  readonly lastRead = new Map<Kind, Source>();
  /** A person's edit, until a source is found changed. */
  status: string | undefined;
  name: string | undefined;
  readonly id = (runs += 1);
  readonly c2 = `+1555${String(1_000_000 + this.id)}`;

  /** Dates only go on: a later message is later. */
  change(one: Kind, to: Partial<Source>): void {
    const source = this.now.get(one)!;
    this.now.set(one, { ...source, ...to, day: Math.max(source.day, to.day ?? 0) });
  }

  async edit(column: 'status' | 'name', value: string): Promise<void> {
    if (this.lastRead.size === 0) return;
    // What the source says as well is no edit.
    this[column] = value === this.given()[column] ? undefined : value;
    const table = { status: 'message_threads t', name: 'contacts c' }[column];
    const where = { status: 't.c2', name: 'c.identity' }[column];
    await world.query(`UPDATE ${table} SET ${column} = $1 WHERE ${where} = $2`, [value, this.c2]);
  }

  async read(kinds: readonly Kind[], repair: boolean): Promise<void> {
    const before = this.given();
    const reads = kinds.map((one) => this.mapped(one));
    const allKnown = kinds.every((one) => this.lastRead.has(one));
    const changed = kinds.filter((one) => {
      const last = this.lastRead.get(one);
      return last && JSON.stringify(last) !== JSON.stringify(this.now.get(one));
    });
    await transaction(world.pool, 'test', async (connection) => {
      if (repair)
        await removeSourceNames(
          connection,
          brand.accountId,
          reads.map(({ row }) => row),
        );
      await writeThreads(connection, brand, repair ? 'verify:1:1' : 'remaining', reads, []);
    });
    for (const one of kinds) this.lastRead.set(one, { ...this.now.get(one)! });
    const after = this.given();
    const shown = await this.shown();
    for (const column of ['status', 'name'] as const) {
      const edit = this[column];
      if (edit === undefined) expect(shown[column], `${column} without an edit`).toBe(after[column]);
      else if (changed.length === 0) expect(shown[column], `${column} as it was edited`).toBe(edit);
      else if (allKnown && before[column] !== after[column])
        expect(shown[column], `${column} as the source has changed it`).toBe(after[column]);
      else expect([edit, after[column]], column).toContain(shown[column]);
      // An edit that the source agrees with, or has replaced, is none any more.
      if (shown[column] === after[column]) this[column] = undefined;
    }
  }

  /** What the sources give together, as they were last read. */
  private given(): { status: string; name: string | null } {
    return { status: merged([...this.lastRead.values()]), name: named(this.lastRead) };
  }

  private async shown(): Promise<{ status: string; name: string | null }> {
    const [row] = await world.query<{ status: string; name: string | null }>(
      'SELECT t.status, c.name FROM message_threads t JOIN contacts c ON c.id = t.contact_id WHERE t.c2 = $1',
      [this.c2],
    );
    return row!;
  }

  private mapped(one: Kind): ReadThread {
    const { status: state, name, day } = this.now.get(one)!;
    const item = threadItem('br_1_1', `thr_${this.id}_${one}`, {
      kind: one,
      c1: '+15550001111',
      c2: this.c2,
      status: state,
      last_message_at: `2026-11-0${day}T00:00:00.000Z`,
      ...(name === null ? {} : { c2_name: name }),
    });
    const result = mapThread(item, { accountId: 'acc_1', brandId: 'br_1_1', region: 'US' });
    if (result.kind !== 'row') throw new Error(result.record.reason);
    return { item, row: result.row };
  }
}

test('in any order of events, an edit stays until the source changes, and without an edit the row follows the source', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const scenario = new Scenario();
      for (const step of all) {
        if (step.do === 'change') scenario.change(step.kind, step.to);
        else if (step.do === 'read') await scenario.read(step.kinds, step.repair);
        else if (step.do === 'close') await scenario.edit('status', step.status);
        else await scenario.edit('name', step.name);
      }
      await scenario.read(KINDS, false);
    }),
    { numRuns: 150 },
  );
});
