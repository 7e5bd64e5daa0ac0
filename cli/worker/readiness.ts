import type { Logger } from 'pino';
import type { Clock } from '../../domain/engine/clock.js';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import type { QueueName } from '../../domain/engine/ids.js';
import { HealthWatch } from '../../gateways/health-watch.js';

const NEEDED = {
  store: 'The store',
  temporal: 'Temporal',
  tables: 'DynamoDB',
  attachments: 'The place for attachments',
} as const;
type Needed = keyof typeof NEEDED;

export type Checks = Readonly<Record<Needed, (timeoutMs: number) => Promise<void>>>;

export interface Standing {
  readonly ready: boolean;
  readonly checks: Readonly<Record<Needed | 'queues', string>>;
  /** The task queues that this worker serves. */
  readonly queues: readonly QueueName[];
  /** What is wrong, in words, each with the next step. */
  readonly details: readonly string[];
}

const AGAIN_MS = 1_000;
const names = Object.keys(NEEDED) as Needed[];

/** Nothing works without it. Without the others some work remains possible: ports, accounts whose messages are in a dump. */
const INDISPENSABLE: Needed = 'store';

/**
 * Whether a worker can work. Everything is checked before it takes its first task. After that, the store and Temporal are watched, and what
 * did not answer is watched until it does. Later failures of tables and attachments are reported by the activities that use them.
 */
export class Readiness {
  readonly #watches: Readonly<Record<Needed, HealthWatch>>;
  /** Set while the worker takes tasks. */
  polling = false;

  constructor(
    checks: Checks,
    log: Logger,
    private readonly clock: Clock,
    readonly queues: readonly QueueName[],
  ) {
    const watches = names.map((name) => [
      name,
      new HealthWatch({ name: NEEDED[name], check: checks[name], log, clock }),
    ]);
    this.#watches = Object.fromEntries(watches) as Record<Needed, HealthWatch>;
  }

  /** As far as it was looked at. */
  isUp(name: Needed): boolean {
    return this.#watches[name].health.up !== false;
  }

  /** Waits for the store. Throws ConfigurationError that lists everything that stays wrong until somebody changes it. */
  async untilUsable(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const troubles = await Promise.all(
        names.map(async (name) => ({ name, trouble: await this.#watches[name].latestProblem(0) })),
      );
      const lasting = troubles.flatMap(({ trouble }) => (trouble?.lasting === true ? trouble.message : []));
      if (lasting.length > 0) throw new ConfigurationError(lasting);
      if (troubles.every(({ name, trouble }) => trouble === undefined || name !== INDISPENSABLE)) {
        for (const { name, trouble } of troubles)
          if (trouble !== undefined && name !== 'temporal') this.#watchUntilUsable(this.#watches[name]);
        break;
      }
      await this.clock.sleep(AGAIN_MS, { signal: stop }).catch(() => undefined);
    }
    this.#watches.store.start();
    this.#watches.temporal.start();
  }

  #watchUntilUsable(watch: HealthWatch): void {
    watch.on('change', ({ up }) => {
      if (up === true) void watch.stop();
    });
    watch.start();
  }

  async standing(): Promise<Standing> {
    const troubles = await Promise.all(
      names.map(async (name) => {
        const maxAgeMs = name === 'store' || name === 'temporal' ? AGAIN_MS : Number.MAX_SAFE_INTEGER;
        return [name, await this.#watches[name].latestProblem(maxAgeMs)] as const;
      }),
    );
    const details = troubles.flatMap(([, trouble]) => trouble?.message ?? []);
    const checks = Object.fromEntries(
      troubles.map(([name, trouble]) => [name, trouble === undefined ? 'usable' : 'unusable']),
    ) as Record<Needed, string>;
    return {
      ready: this.polling && details.length === 0,
      checks: { ...checks, queues: this.polling ? 'polled' : 'not polled' },
      queues: this.queues,
      details,
    };
  }

  async stop(): Promise<void> {
    this.polling = false;
    await Promise.all(names.map((name) => this.#watches[name].stop()));
  }
}
