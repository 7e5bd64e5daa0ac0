import { applyHints, applyWaiting } from '../../../../activities/conversations/following/apply-hints.js';
import type { FollowingLimits } from '../../../../activities/conversations/following/apply-hints.js';
import type { Applied, Hint } from '../../../../domain/conversations/following/hints.js';
import type { ObjectStore } from '../../../../gateways/objects/object-store.js';
import { systemClock } from '../../../../gateways/clock.js';
import { settleAndCheck } from '../../../../gateways/store/conversations/check/check.js';
import { differencesOf } from '../../../../gateways/store/conversations/check/compared.js';
import { findBrand } from '../../../../gateways/store/conversations/import/brand.js';
import type { Phase } from '../../../../domain/conversations/phases.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { Verifier } from '../verification/verification-world.js';
import { PATIENT } from './patient.js';
import { ImportWorld } from '../import/import-world.js';
import { expect } from 'vitest';
import { accountOf, type LooseItem } from '../import/source-items.js';
import { removeItem } from '../import/source-tables.js';

const NEVER = new AbortController().signal;

/** A source that changes, with the hints that its streams would give, and the store that follows it. */
export class FollowedWorld {
  /** The changes since the hints were last taken. */
  hints: Hint[] = [];

  private constructor(readonly world: ImportWorld) {}

  static async open(brandIds: readonly string[], { pageRecords = 25 } = {}): Promise<FollowedWorld> {
    const world = await ImportWorld.open({ pageRecords });
    for (const accountId of new Set(brandIds.map(accountOf)))
      await world.account(accountId, ...brandIds.filter((brandId) => accountOf(brandId) === accountId));
    return new FollowedWorld(world);
  }

  close(): Promise<void> {
    return this.world.close();
  }

  async put(table: 'threads' | 'messages', ...items: LooseItem[]): Promise<void> {
    await this.world.put(table, items);
    this.hints.push(...items.map((item) => hintOf(table, item)));
  }

  async remove(table: 'threads' | 'messages', ...items: LooseItem[]): Promise<void> {
    for (const item of items) {
      const names = table === 'threads' ? ['brand_id', 'thread_id'] : ['thread_id', 'message_key'];
      await removeItem(this.world.tables[table], Object.fromEntries(names.map((name) => [name, item[name]])));
      this.hints.push(hintOf(table, item));
    }
  }

  /** Adds a hint of an earlier version of a changed record. */
  noteChange(table: 'threads' | 'messages', item: LooseItem): void {
    this.hints.push(hintOf(table, item));
  }

  /** Gives a thread, messages or both to another brand. */
  async move(to: string, { thread, messages = [] }: { thread?: LooseItem; messages?: readonly LooseItem[] }) {
    if (thread) {
      await this.put('threads', { ...thread, brand_id: to });
      await this.remove('threads', thread);
    }
    for (const message of messages) {
      await this.put('messages', { ...message, brand_id: to });
      this.hints.push(hintOf('messages', message));
    }
  }

  /** Applies what has changed, brand by brand, as a follower does. */
  async follow(hints = this.take(), pool: Pool = this.world.pool): Promise<Applied> {
    const sum = { added: 0, changed: 0, removed: 0 };
    for (const brandId of new Set(hints.map((hint) => hint.brandId))) {
      const own = hints.filter((hint) => hint.brandId === brandId);
      const { added, changed, removed } = await this.apply(brandId, own, pool);
      sum.added += added;
      sum.changed += changed;
      sum.removed += removed;
    }
    return sum;
  }

  /** Imports a phase, and does this once it has read a page of the stage, before it commits it. */
  async importBeside(
    [brandId, phase]: readonly [string, Phase],
    stage: 'threads' | 'messages',
    beside: () => Promise<unknown>,
  ): Promise<void> {
    let isDone = false;
    const pool = this.world.changing((statement, send) => {
      if (isDone || typeof statement !== 'string' || !statement.includes(`: commit-${stage}'`)) return send();
      isDone = true;
      return beside().then(send);
    });
    while (!(await this.world.attempt(brandId, phase, {}, this.world.environment(), { pool })).finished);
    expect(isDone).toBe(true);
  }

  /** The differences between a brand's tallies and rows. */
  async differences(brandId: string, phase: Phase = 'remaining'): Promise<string[]> {
    const { pool } = this.world;
    const brand = await findBrand(pool, { accountId: accountOf(brandId), brandId });
    return differencesOf(await settleAndCheck(pool, brand, phase, () => undefined));
  }

  /**
   * Asserts that the store holds what a new import of the source would hold, that its tallies agree, and that a verification finds both equal. After
   * a repair it is the verification that sets the tallies.
   */
  async expectEqual(brandIds: readonly string[], { isRepaired = false } = {}): Promise<void> {
    const { world } = this;
    const fresh = await ImportWorld.open({ tables: world.tables });
    const verifier = new Verifier(world);
    const differences = async () =>
      (await Promise.all(brandIds.map((brandId) => this.differences(brandId)))).flat();
    try {
      await fresh.account(accountOf(brandIds[0] ?? ''), ...brandIds);
      await fresh.migrate(brandIds);
      expect(await world.contents()).toEqual(await fresh.contents());
      if (!isRepaired) expect(await differences()).toEqual([]);
      expect(await verifier.verify(brandIds)).toBe('equal');
      expect(await differences()).toEqual([]);
      expect(await world.query('SELECT FROM carryover.waiting_hints')).toEqual([]);
      expect(await world.query('SELECT FROM carryover.followed_keys')).toEqual([]);
    } finally {
      await fresh.leaveStore();
    }
  }

  applyWaiting(pool: Pool = this.world.pool, objects?: ObjectStore): Promise<Applied> {
    const { tables } = this.world;
    return applyWaiting(
      { store: { pool }, tables, clock: systemClock, limits: PATIENT, ...(objects && { objects }) },
      NEVER,
    );
  }

  take(): Hint[] {
    const { hints } = this;
    this.hints = [];
    return hints;
  }

  apply(
    brandId: string,
    hints: readonly Hint[],
    pool: Pool = this.world.pool,
    limits: Partial<FollowingLimits> = PATIENT,
  ): Promise<Applied> {
    const { tables } = this.world;
    const dependencies = { store: { pool }, tables, clock: systemClock, limits };
    return applyHints(dependencies, { accountId: accountOf(brandId), brandId }, hints, NEVER);
  }
}

export function hintOf(table: 'threads' | 'messages', item: LooseItem): Hint {
  const [brandId, threadId] = [String(item['brand_id']), String(item['thread_id'])];
  return table === 'threads'
    ? { table, brandId, threadId }
    : { table, brandId, threadId, messageKey: String(item['message_key']) };
}
