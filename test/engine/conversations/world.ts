import type { ImportDependencies } from '../../../activities/conversations/import/import-pass.js';
import { conversationsPasses } from '../../../activities/conversations/kind.js';
import type { WorkRef } from '../../../domain/engine/work.js';
import { systemClock } from '../../../gateways/clock.js';
import { importPhase } from '../../../gateways/store/conversations/import/phases.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { completePhase } from '../../../gateways/store/work/plans.js';
import { ImportWorld, RECENT_SINCE } from '../../activities/conversations/import/import-world.js';
import { messageItem, threadItem } from '../../activities/conversations/import/source-items.js';
import { Verifier } from '../../activities/conversations/verification/verification-world.js';
import { setFlag } from '../../gateways/store/world.js';
import type { Harness, Subject } from '../lifecycle.js';

/** An account's conversations, from its tables. */
export const conversations: Harness = {
  name: 'conversations',
  passes: ['copy', 'verify', 'repair'],
  async open() {
    const world = await ImportWorld.open({ pageRecords: 4 });
    const verifier = new Verifier(world);
    let subjects = 0;
    return {
      start: (life) => {
        const pool = life.pool(world.pool, 'store');
        const { tables, dumps } = world;
        const finish: ImportDependencies['finish'] = (brand, phase, checked) =>
          transaction(pool, 'complete-phase', (tx) => completePhase(tx, importPhase(brand, phase), checked));
        const clock = systemClock;
        return { pool, kind: conversationsPasses({ store: { pool }, clock, tables, dumps, finish }) };
      },
      async subject() {
        subjects += 1;
        const subject = new AccountSubject(String(subjects), world, verifier);
        await subject.prepare();
        return subject;
      },
      close: () => world.close(),
    };
  },
};

interface Read {
  readonly brand: string;
  readonly id: string;
  readonly at: string;
  /** `body`, or the mark of an invalid record. */
  readonly as: string;
}

class AccountSubject implements Subject {
  readonly units: readonly [string, string];
  readonly #account: string;

  constructor(
    private readonly id: string,
    private readonly world: ImportWorld,
    private readonly verifier: Verifier,
  ) {
    this.#account = `acc_${id}`;
    this.units = [`br_${id}_1`, `br_${id}_2`];
  }

  async prepare(): Promise<void> {
    const { world, units } = this;
    await world.account(this.#account, ...units);
    await world.put(
      'threads',
      units.map((brand) => threadItem(brand, `thr_of_${brand}`)),
    );
    await world.put(
      'messages',
      this.#records().map(({ brand, id, at, as }) =>
        messageItem(
          brand,
          `thr_of_${brand}`,
          id,
          at,
          as === QUARANTINED ? { direction: 'up' } : { body: as },
        ),
      ),
    );
  }

  /** Each brand has nine recent messages, one of them invalid, and five older ones. */
  #records(): Read[] {
    return this.units.flatMap((brand) =>
      Array.from({ length: 14 }, (_, n) => ({
        brand,
        id: `msg_${brand}_${n}`,
        at: new Date(Date.parse(RECENT_SINCE) + (n - 5) * 86_400_000 + 1).toISOString(),
        as: n === 7 ? QUARANTINED : `body ${n}`,
      })),
    );
  }

  work(pass: WorkRef['pass'], run?: string): readonly WorkRef[] {
    const subject = this.#account;
    if (pass === 'copy')
      return ['recent', 'remaining'].flatMap((phase) =>
        this.units.map((unit) => ({ subject, unit, phase, pass })),
      );
    return this.units.map((unit) => ({ subject, unit, phase: '1', pass, run: run ?? '' }));
  }

  async newRun(pass: WorkRef['pass']): Promise<string> {
    return pass === 'copy' ? '' : this.verifier.ask(this.#account, pass === 'repair');
  }

  async endRun(run: string): Promise<void> {
    await this.verifier.end(this.#account, run);
  }

  async steer(flag: 'paused' | 'cancelled', on: boolean): Promise<void> {
    await setFlag(this.world, this.#account, flag, on ? { by: 'ops' } : null);
  }

  expected(of = this.work('copy')): string[] {
    return linesOf(this.#records(), of);
  }

  async held(of = this.work('copy')): Promise<string[]> {
    const rows = await this.world.query<Read & Record<string, unknown>>(
      `SELECT b.source_id AS brand, m.source_id AS id, m.source_key AS at, m.body AS as
       FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id
       WHERE b.source_id = ANY ($1)
       UNION ALL
       SELECT b.source_id, q.source_id, q.range_key, $2 FROM quarantined_records q JOIN brands b ON b.id = q.brand_id
       WHERE b.source_id = ANY ($1)`,
      [this.units, QUARANTINED],
    );
    return linesOf(rows, of);
  }

  /** One message is missing, one is different, one is not in quarantine any more. */
  async damage(): Promise<string[]> {
    const [brand] = this.units;
    const [missing, different, lost] = [9, 10, 7].map((n) => `msg_${brand}_${n}`);
    await this.world.query('DELETE FROM messages WHERE source_id = $1', [missing]);
    await this.world.query(`UPDATE messages SET body = 'other' WHERE source_id = $1`, [different]);
    await this.world.query('DELETE FROM quarantined_records WHERE source_id = $1', [lost]);
    return [
      `messages different ${different} body`,
      `messages missing ${missing}`,
      `quarantined_records missing ${lost}`,
    ];
  }

  async findings(): Promise<string[]> {
    return (await this.verifier.findings(this.#account)).toSorted();
  }

  async leased(): Promise<number> {
    const rows = await this.world.query(
      `SELECT FROM carryover.work w JOIN carryover.units u ON u.id = w.unit_id WHERE u.key = ANY ($1) AND leased_by IS NOT NULL`,
      [this.units],
    );
    return rows.length;
  }
}

const QUARANTINED = '(quarantined)';

function linesOf(rows: readonly Read[], of: readonly WorkRef[]): string[] {
  const isOf = ({ brand, at }: Read) =>
    of.some((ref) => ref.unit === brand && (ref.phase === 'recent') === at >= RECENT_SINCE);
  return rows
    .filter(isOf)
    .map(({ brand, id, as }) => `${brand} ${id} ${as}`)
    .toSorted();
}
