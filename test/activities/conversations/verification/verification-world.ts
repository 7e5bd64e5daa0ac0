import { afterEach, beforeEach } from 'vitest';
import { accountVerifications } from '../../../../activities/conversations/verification/verifications.js';
import { conversationsPasses } from '../../../../activities/conversations/kind.js';
import { createEngineImports } from '../../../../activities/engine/activities.js';
import type { TurnsInput, TurnsProgress } from '../../../../activities/engine/types.js';
import type { LaneOptions } from '../../../../activities/engine/lane.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { CONVERSATIONS, migrationOf } from '../../../../domain/conversations/migration.js';
import { readAccountVerifications } from '../../../../gateways/store/conversations/verify/verifications.js';
import { requestVerification } from '../../../../gateways/store/proof/verifications.js';
import { ImportWorld } from '../import/import-world.js';
import { accountOf } from '../import/source-items.js';
import { systemClock } from '../../../../gateways/clock.js';

export const CODE = { version: '1.2.3', commit: null };

/** Verifies accounts of an import world as the workflow does: by the activities, one after the other. */
export class Verifier {
  /** `pool`: the world's, as turns have it. */
  constructor(
    readonly world: ImportWorld,
    private readonly pool: Pool = world.pool,
  ) {}

  async ask(accountId: string, repair = false): Promise<string> {
    const asked = { repair, by: 'operator-1' };
    const { id } = await transaction(this.world.store.control, 'test', (tx) =>
      requestVerification(tx, migrationOf(accountId), asked),
    );
    return id;
  }

  turn(verificationId: string, brandId: string, pass: 1 | 2 = 1, repair = false): TurnsInput {
    return this.turns(verificationId, [brandId], pass, repair);
  }

  turns(verificationId: string, units: readonly string[], pass: 1 | 2 = 1, repair = false): TurnsInput {
    const of = migrationOf(accountOf(units[0] ?? ''));
    return { ...of, verificationId, units, pass, repair, finishing: false };
  }

  slices(
    turns: TurnsInput,
    options: LaneOptions = {},
    environment = this.world.environment(),
  ): Promise<TurnsProgress> {
    return environment.run(this.#activities(options).verifyUnits, turns);
  }

  #activities(lane: LaneOptions = {}) {
    const { pool } = this;
    const { tables, dumps } = this.world;
    const passes = conversationsPasses({
      ...{ store: { pool }, clock: systemClock, tables, dumps },
      finish: () => Promise.reject(new Error('Nothing is imported here.')),
    });
    return createEngineImports({ pool, clock: systemClock, lane }, { [CONVERSATIONS]: passes });
  }

  async finish(turns: TurnsInput): Promise<void> {
    await this.world.environment().run(this.#activities().finishTurns, turns);
  }

  async end(accountId: string, verificationId: string): Promise<string> {
    const { end } = accountVerifications({ store: this.world.store, clock: systemClock, code: CODE });
    return this.world.environment().run(() => end(accountId, verificationId, undefined));
  }

  async verify(brandIds: readonly string[], repair = false, options: LaneOptions = {}): Promise<string> {
    const accountId = accountOf(brandIds[0] ?? '');
    const verificationId = await this.ask(accountId, repair);
    for (const pass of repair ? ([1, 2] as const) : ([1] as const)) {
      const turns = this.turns(verificationId, brandIds, pass, repair && pass === 1);
      while (!(await this.slices(turns, options)).finished);
      await this.finish(turns);
    }
    return this.end(accountId, verificationId);
  }

  /** What the latest verification found in the pass, one line a sample: `messages missing msg_1`. */
  async findings(accountId: string, pass: 1 | 2 = 1): Promise<string[]> {
    const facts = (await readAccountVerifications(this.world.pool, accountId, []))?.latest;
    const turns = (facts?.turns ?? []).filter((turn) => turn.pass === pass);
    return turns.flatMap((turn) =>
      turn.differences.flatMap(({ table, difference, count, samples }) => {
        const lines = samples.map(({ id, key, fields }) =>
          [table, difference, id ?? key, ...fields].join(' '),
        );
        return count === samples.length ? lines : [...lines, `${table} ${difference}: ${count}`];
      }),
    );
  }
}

/** Before each test of a file: opens a world, which `use` gets with what verifies it, and closes it after the test. */
export function forVerifiedWorld(
  use: (world: ImportWorld, verifier: Verifier) => void,
  open = () => ImportWorld.open({ pageRecords: 5 }),
): void {
  let world: ImportWorld;
  beforeEach(async () => {
    world = await open();
    use(world, new Verifier(world));
  });
  afterEach(() => world.close());
}
