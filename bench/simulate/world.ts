import { unit } from '../../dev/sample/generator/random.js';
import { Clock } from './clock.js';
import type { Policy } from './policies.js';
import times from './service-times.json' with { type: 'json' };
import { SharedMachine } from './shared-machine.js';
import { TaskQueue } from './task-queue.js';

export type ServiceTimes = { readonly [figure in keyof typeof times]: number };

/** Measured service times; the file has the meaning and the source of each. */
export const MEASURED = Object.fromEntries(
  Object.entries(times).map(([name, { value }]) => [name, value]),
) as ServiceTimes;

export interface Workers {
  readonly processes: number;
  readonly policy: Policy;
  readonly times?: ServiceTimes;
  /** The time limit of a lane, after which it hands back the rest. */
  readonly laneSeconds?: number;
}

/** The slots of one process, as in `gateways/temporal/workers.ts`. */
const SLOTS = { calls: 50, imports: 8 } as const;

/** Everything that exists before the first account. */
export interface World {
  readonly clock: Clock;
  readonly times: ServiceTimes;
  readonly policy: Policy;
  readonly laneSeconds: number;
  readonly calls: TaskQueue;
  readonly imports: TaskQueue;
}

export function openWorld({ processes, policy, times = MEASURED, laneSeconds = 120 }: Workers): World {
  const clock = new Clock();
  const machines = Array.from({ length: processes }, () => new SharedMachine(clock));
  let drawn = 0;
  const chance = (): number => unit(0, (drawn += 1));
  const queue = (slots: number) => new TaskQueue(machines, slots, policy, chance);
  return { clock, times, policy, laneSeconds, calls: queue(SLOTS.calls), imports: queue(SLOTS.imports) };
}
