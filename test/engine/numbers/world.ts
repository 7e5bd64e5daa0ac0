import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { PASSES, type WorkRef } from '../../../domain/engine/work.js';
import { CREATE_FENCES } from '../../../gateways/postgres/fence.js';
import { COPY_RUN } from '../../../gateways/store/work/phase-ref.js';
import { steeredRows } from '../../../gateways/store/migrations/steered-rows.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { testDatabase } from '../../support/servers.js';
import type { Life } from '../life.js';
import type { Harness, Subject, World } from '../lifecycle.js';
import type { SliceWorks } from '../process.js';
import { BORDER, type Labelled, numbersKind } from './kind.js';
import { CREATE_FINDINGS, CREATE_NUMBERS } from './statements.js';

const COUNT = 40;
const PHASES = ['high', 'low'];
const ROWS = steeredRows('numbers', { running: 'running', cancelled: 'cancelled', failed: 'failed' });

/** Numbers into the store, or into another database. */
export function numbers(where: 'store' | 'elsewhere'): Harness {
  const name = `numbers into ${where === 'store' ? 'the store' : 'another database'}`;
  return { name, passes: PASSES, open: () => open(where) };
}

export async function open(where: 'store' | 'elsewhere'): Promise<NumbersWorld> {
  const database = await testDatabase();
  const other = await testDatabase();
  const store = openStore(database.url, { applicationName: 'carryover-test' });
  const target = new pg.Pool({ connectionString: where === 'store' ? database.url : other.url });
  target.on('error', () => undefined);
  await target.query(CREATE_NUMBERS);
  await target.query(CREATE_FENCES);
  await store.pool.query(CREATE_FINDINGS);
  const folder = await mkdtemp(join(tmpdir(), 'numbers-'));
  const fileOf = (unit: string) => join(folder, unit);
  let subjects = 0;
  return {
    store: store.pool,
    target,
    start: (life) => {
      const pool = life.pool(store.pool, 'store');
      const elsewhere = where === 'store' ? undefined : life.pool(target, 'target');
      return { pool, kind: numbersKind({ store: pool, elsewhere, fileOf }) };
    },
    async subject() {
      subjects += 1;
      const subject = new NumbersSubject(`subject_${subjects}`, store.pool, target, fileOf);
      await subject.prepare();
      return subject;
    },
    async close() {
      await store.close();
      await target.end();
      await database.drop();
      await other.drop();
      await rm(folder, { recursive: true });
    },
  };
}

export interface NumbersWorld extends World {
  readonly store: pg.Pool;
  readonly target: pg.Pool;
  start(life: Life): SliceWorks;
  subject(): Promise<NumbersSubject>;
}

export class NumbersSubject implements Subject {
  #runs = 0;
  readonly units: readonly string[];

  constructor(
    readonly name: string,
    private readonly store: pg.Pool,
    private readonly target: pg.Pool,
    private readonly fileOf: (unit: string) => string,
  ) {
    this.units = ['a', 'b'].map((unit) => `${name}_${unit}`);
  }

  async prepare(): Promise<void> {
    await transaction(this.store, 'start', (tx) => ROWS.start(tx, this.name, 'ops'));
    for (const unit of this.units) {
      await this.store.query(
        'INSERT INTO carryover.units (migration_id, key) SELECT id, $2 FROM carryover.migrations WHERE subject = $1',
        [this.name, unit],
      );
      await this.write(unit, this.numbersOf(unit));
    }
  }

  /** Not in order, as files are not. */
  numbersOf(unit: string): Labelled[] {
    return Array.from({ length: COUNT }, (_, n) => {
      const key = String((n * 377) % 1_000).padStart(4, '0');
      return { key, label: `${key} of ${unit}` };
    });
  }

  async write(unit: string, all: readonly Labelled[]): Promise<void> {
    await writeFile(this.fileOf(unit), all.map(({ key, label }) => `${key} ${label}\n`).join(''));
  }

  work(pass: WorkRef['pass'], run?: string): readonly WorkRef[] {
    const ofPass = run === undefined ? { pass } : { pass, run };
    return PHASES.flatMap((phase) =>
      this.units.map((unit) => ({ subject: this.name, unit, phase, ...ofPass })),
    );
  }

  async steer(flag: 'paused' | 'cancelled', on: boolean): Promise<void> {
    const asked = on ? { by: 'ops', since: '2026-03-01T10:00:00.000Z' } : undefined;
    await transaction(this.store, 'steer', (tx) =>
      ROWS.steer(tx, this.name, (state) => ({ ...state, [flag]: asked })),
    );
  }

  newRun(pass: WorkRef['pass']): Promise<string> {
    this.#runs += 1;
    return Promise.resolve(pass === 'copy' ? COPY_RUN : String(this.#runs));
  }

  expected(of = this.work('copy')): string[] {
    const all = this.units.flatMap((unit) =>
      this.numbersOf(unit).map(({ key, label }) => ({ unit, key, label, times: 1 })),
    );
    return linesOf(all, of);
  }

  async held(of = this.work('copy')): Promise<string[]> {
    const { rows } = await this.target.query<Row>('SELECT * FROM numbers WHERE unit = ANY ($1)', [
      this.units,
    ]);
    return linesOf(rows, of);
  }

  /** One is missing, one is different, one is too many. */
  async damage(): Promise<string[]> {
    const [unit = ''] = this.units;
    const [missing = '', different = ''] = this.numbersOf(unit).flatMap(({ key }) =>
      key >= BORDER ? [key] : [],
    );
    const extra = '0998x';
    await this.target.query('DELETE FROM numbers WHERE unit = $1 AND key = $2', [unit, missing]);
    await this.target.query(`UPDATE numbers SET label = 'wrong' WHERE unit = $1 AND key = $2`, [
      unit,
      different,
    ]);
    await this.target.query(`INSERT INTO numbers (unit, key, label) VALUES ($1, $2, 'extra')`, [unit, extra]);
    return [missing, different, extra].map((key) => `${unit} ${key}`).toSorted();
  }

  async findings(run: string): Promise<string[]> {
    const { rows } = await this.store.query<{ line: string }>(
      `SELECT concat_ws(' ', unit, key) AS line FROM findings WHERE run = $1 AND unit = ANY ($2)`,
      [run, this.units],
    );
    return rows.map(({ line }) => line).toSorted();
  }

  async leased(): Promise<number> {
    const { rows } = await this.store.query(
      `SELECT FROM carryover.work w JOIN carryover.units u ON u.id = w.unit_id WHERE u.key = ANY ($1) AND leased_by IS NOT NULL`,
      [this.units],
    );
    return rows.length;
  }
}

interface Row extends Labelled {
  readonly unit: string;
  readonly times: number;
}

function linesOf(rows: readonly Row[], of: readonly WorkRef[]): string[] {
  const isOf = ({ unit, key }: Row) =>
    of.some((ref) => ref.unit === unit && (ref.phase === 'high') === key >= BORDER);
  return rows
    .filter(isOf)
    .map(({ unit, key, label, times }) => [unit, key, label, times].join(' '))
    .toSorted();
}
