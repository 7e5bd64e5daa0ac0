import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLE } from '../../../dev/sample/chatwoot/generate.js';
import { mix } from '../../../dev/sample/generator/random.js';
import { isUnderWay } from '../../../domain/inbox/view.js';
import { systemClock } from '../../../gateways/clock.js';
import { countsOf, statusOf } from '../../../gateways/chatwoot/migrations.js';
import { type Carryover, startCarryover, until } from '../../e2e/carryover.js';
import { migrationOf } from '../../support/inbox-moves.js';
import { untilHolds } from '../../support/until.js';
import { openTransaction } from '../random/last-moment.js';
import { limitOf } from '../random/limit.js';
import { publish } from '../random/report.js';
import { WorkerCrew } from '../random/worker-crew.js';
import { tellOfDeath } from '../watched-worker.js';
import { Business } from './business.js';

/** `npm run bench -- inbox-kills` makes longer runs. */
const KILLS = Number(process.env['CARRYOVER_KILLS'] ?? '10');
const SEED = Number(process.env['CARRYOVER_SEED'] ?? '1');
const CONTACTS = 120;
/** Conversations of a batch: many transactions. */
const BATCH = 4;
/** Kills that hit one move, or its reverse; the rest of it goes on undisturbed. */
const KILLS_A_RUN = 5;
/** A worker is killed after fewer batches than this, and within so many milliseconds. */
const MOST_BATCHES = 4;
const MOST_MS = 80;
/** Of the time in a batch's transaction, which is a small part of the whole since moves give way to others. */
const MOST_MS_WITHIN = 12;

interface Run {
  readonly action: 'move' | 'reverse';
  readonly id: string;
  ended: boolean;
}

describe(`${KILLS} kills of workers while customers write to both numbers (seed ${SEED})`, () => {
  let business: Business;
  let carryover: Carryover;
  let connection: Connection;

  beforeAll(async () => {
    business = await Business.open(SEED, CONTACTS);
    carryover = await startCarryover({
      account: { brands: 1, threads: 0, messages: 0, portedNumbers: 0 },
      environment: {
        CHATWOOT_DATABASE_URL: business.url,
        INBOX_BATCH_SIZE: String(BATCH),
        // Customers of a test do not slow the moves down.
        CHATWOOT_COMMIT_BUDGET_MS: '60000',
      },
    });
    connection = await Connection.connect({ address: carryover.stack.env.TEMPORAL_ADDRESS });
  });
  afterAll(async () => {
    await business?.stopWriting();
    await connection?.close();
    await carryover?.stop();
    await business?.drop();
  });

  it(
    'lose nothing, leave nothing behind, and let everything be taken back',
    async () => {
      const crew = new WorkerCrew(carryover, 2);
      const killed = new Map<string, number>();
      let kills = 0;
      /** Kills the one that works, again and again, until the migration has ended or has had its share. */
      const killSome = async (run: Run): Promise<void> => {
        for (let n = 0; n < KILLS_A_RUN && kills < KILLS; n += 1) {
          const during = await kill(crew, run, mix(SEED, kills, 1));
          if (during === undefined) return;
          const what = `${run.action}: ${during}`;
          kills += 1;
          killed.set(what, (killed.get(what) ?? 0) + 1);
        }
      };
      /** Customers write for as long as workers are killed; the rest goes on undisturbed. */
      const withKills = async (action: Run['action'], id: string): Promise<void> => {
        const run: Run = { action, id, ended: false };
        const end = ended(id).finally(() => (run.ended = true));
        const killing = async () => {
          await killSome(run);
          await business.stopWriting();
        };
        await Promise.all([end, killing()]);
      };
      const done = { runs: 0, conversations: 0, messages: 0 };
      const count = async (id: string): Promise<void> => {
        const { conversations, messages } = await countsOf(business.pool, id);
        done.runs += 1;
        done.conversations += conversations;
        done.messages += messages;
      };

      const isOver = () => kills >= KILLS;
      while (!isOver()) {
        await business.remember();
        const digests = await business.settingsDigests();
        business.startWriting();
        const first = await ask(SAMPLE.source, '', { destination_inbox_id: Number(SAMPLE.destination) });
        await withKills('move', first);
        // What came after the last look at the source is the next move's.
        const second = await ask(SAMPLE.source, '', { destination_inbox_id: Number(SAMPLE.destination) });
        await ended(second);
        await business.expectMoved([first, second], digests);
        await count(first);
        expect(Number((await migrationOf(business.pool, first))['conversations_moved'])).toBeGreaterThan(
          CONTACTS,
        );

        await ended(await ask(SAMPLE.source, `/${second}/reverse`));
        business.startWriting();
        const reverse = await ask(SAMPLE.source, `/${first}/reverse`);
        await withKills('reverse', reverse);
        await business.expectAsBefore();
        await count(reverse);
      }
      const most = Object.fromEntries([...killed].toSorted(([, a], [, b]) => b - a));
      await publish({ seed: SEED, kills, killed: most, ...done, written: business.written });
      expect(business.written).toBeGreaterThan(0);
    },
    limitOf(KILLS),
  );

  /** Answers what the worker was doing; undefined if the migration has ended before. */
  async function kill(crew: WorkerCrew, run: Run, random: number): Promise<string | undefined> {
    const { id } = run;
    const victim = await crew.busy(random, 0, () => run.ended);
    if (victim === undefined || run.ended) return undefined;
    const isIdle = async () => {
      await victim.look();
      return run.ended || victim.underWay.size === 0;
    };
    const batches = async () => Number((await migrationOf(business.pool, id))['batches']);
    const enough = (await batches()) + (random % MOST_BATCHES);
    await until(async () => (await isIdle()) || (await batches()) >= enough);
    // Every other one is killed at any moment, the others while they write.
    const aimed = mix(random, 1) % 2 === 0;
    if (aimed)
      await untilHolds(
        async () => (await isIdle()) || (await openTransaction(business.pool, victim.pid)) !== undefined,
        { what: 'a batch to be written', everyMs: 1 },
      );
    await systemClock.sleep(mix(random, 2) % (aimed ? MOST_MS_WITHIN : MOST_MS));
    process.kill(victim.pid, 'SIGSTOP');
    const batch = await openTransaction(business.pool, victim.pid);
    const store = batch ?? (await openTransaction(carryover.store, victim.pid));
    await victim.look();
    const busy = [...victim.underWay.values()].map(({ type }) => type);
    await tellOfDeath(
      new Client({ connection, namespace: carryover.stack.env.TEMPORAL_NAMESPACE }),
      await crew.kill(victim),
    );
    if (batch !== undefined) return `within ${batch}`;
    if (store !== undefined) return `within ${store} of the store`;
    return busy.length === 0 ? 'no activity' : `between transactions of ${busy[0]}`;
  }

  /** Asks as an administrator of Chatwoot does; answers the id of the migration. */
  async function ask(inbox: string, path: string, body: object = {}): Promise<string> {
    const url = `${carryover.env['PUBLIC_URL']}/api/v1/accounts/${SAMPLE.account}/inboxes/${inbox}/migrations${path}`;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { api_access_token: SAMPLE.administrator, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    expect(answer.status, text).toBe(201);
    return String((JSON.parse(text) as { id: number }).id);
  }

  async function ended(id: string): Promise<void> {
    await until(async () => !isUnderWay(await statusOf(business.pool, id)), 600_000);
    expect(await migrationOf(business.pool, id)).toMatchObject({ status: 'completed', error_message: null });
  }
});
