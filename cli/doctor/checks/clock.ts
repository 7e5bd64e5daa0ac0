import { Type } from 'typebox';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { inspectStore } from '../../../gateways/store/sql/inspect.js';
import { send } from '../../engine/api/http.js';
import { Common } from '../../environment/common.js';
import { readEnvironment } from '../../environment/read.js';
import { CarrierVariables } from '../../environment/worker.js';
import { type Check, type CheckContext, ok, skipped, warning, wrong } from '../check.js';

/** Statuses are ordered by the servers' times. */
const NOTICED_SECONDS = 5;
/** Tokens and signatures are refused soon after. */
const WRONG_SECONDS = 60;

const Servers = {
  CONVERSATIONS_API_URL: Common.properties.CONVERSATIONS_API_URL,
  CARRIER_API_URL: CarrierVariables.CARRIER_API_URL,
} as const;

/** Whether this machine's clock and those of the servers agree. Servers that do not answer are for other checks. */
export const clocks: Check = {
  name: 'clock',
  advice: 'Synchronize the clock: timedatectl set-ntp true',
  async run(context) {
    const asked = [
      { server: 'the store', ahead: await quietly(() => aheadOfStore(context)) },
      ...(await Promise.all(
        Object.entries(Servers).map(async ([name, schema]) => ({
          server: name === 'CARRIER_API_URL' ? 'the carrier' : 'Conversations',
          ahead: await quietly(async () => {
            const found = readEnvironment(Type.Object({ [name]: schema }), context.environment);
            return aheadByDate(Object.values(found as Record<string, string>)[0] ?? '', context);
          }),
        })),
      )),
    ];
    const known = asked.flatMap(({ server, ahead }) => (ahead === undefined ? [] : [{ server, ahead }]));
    if (known.length === 0) return [skipped('No server told its time.')];
    const apart = known.filter(({ ahead }) => Math.abs(ahead) > NOTICED_SECONDS);
    if (apart.length === 0) {
      const servers = known.map(({ server }) => server).join(', ');
      return [ok(`The clock agrees with ${servers} within ${NOTICED_SECONDS} s.`)];
    }
    return apart.map(({ server, ahead }) => {
      const seconds = Math.round(Math.abs(ahead));
      const what = `The clock of ${server} is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's.`;
      const fix = 'Synchronize both: timedatectl set-ntp true';
      return seconds > WRONG_SECONDS ? wrong(what, fix) : warning(what, fix);
    });
  },
};

/** Seconds by which the store's clock is ahead of this machine's. */
async function aheadOfStore({ environment, clock, timeoutMs }: CheckContext): Promise<number> {
  const { DATABASE_URL: url } = readEnvironment(
    Type.Object({ DATABASE_URL: Common.properties.DATABASE_URL }),
    environment,
  );
  const store = openStore(url, { max: 1, controlMax: 1, applicationName: 'carryover-doctor' });
  try {
    const before = clock.now();
    const { now } = await inspectStore(store.pool, timeoutMs);
    return now - (before + clock.now()) / 2_000;
  } finally {
    await store.close();
  }
}

/** By the header `Date`, which has whole seconds, rounded down. */
async function aheadByDate(url: string, { clock, signal }: CheckContext): Promise<number | undefined> {
  const before = clock.now();
  const answer = await send(url, { method: 'GET', headers: {}, signal });
  answer.destroy();
  const date = Date.parse(answer.headers.date ?? '');
  return Number.isNaN(date) ? undefined : (date + 500 - (before + clock.now()) / 2) / 1_000;
}

async function quietly(ask: () => Promise<number | undefined>): Promise<number | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}
