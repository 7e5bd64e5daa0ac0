import { joinPolling } from '../../../../gateways/store/conversations/streams/join.js';
import { ImportWorld, RECENT_SINCE } from '../import/import-world.js';
import { accountOf } from '../import/source-items.js';
import { Verifier } from '../verification/verification-world.js';
import { ChangingBrands } from './changing-brands.js';

export const A = 'br_1_1';
export const ACCOUNT = accountOf(A);
export const NOW = new Date('2026-11-02T00:00:00.000Z');

/** One brand of 40 messages, which is followed by polling and imported. */
export class MigratedWorld {
  private constructor(
    readonly world: ImportWorld,
    readonly verifier: Verifier,
    readonly brands: ChangingBrands,
  ) {}

  static async open(): Promise<MigratedWorld> {
    const world = await ImportWorld.open({ pageRecords: 10 });
    const brands = new ChangingBrands(world, [A]);
    await brands.begin(40);
    await joinPolling(world.pool, { accountId: ACCOUNT, brandIds: [A], at: NOW });
    await world.migrate([A]);
    const migrated = new MigratedWorld(world, new Verifier(world), brands);
    await migrated.lead('all-messages-migrated');
    return migrated;
  }

  /** As the workflow would leave the account. */
  async lead(status: string): Promise<void> {
    const { world } = this;
    await world.query(
      `UPDATE accounts SET migration = migration || jsonb_build_object('status', $1::text, 'recentSince', $2::text)`,
      [status, RECENT_SINCE],
    );
    await world.query('UPDATE carryover.migrations SET started = true, status = $1', [status]);
  }
}
