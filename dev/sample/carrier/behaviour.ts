import type { CallbackMode, PortStatus, PortStep } from './orders.js';

/** How long the carrier takes, in milliseconds. `manual`: an order changes only by `move`. */
export type PortSchedule =
  | 'manual'
  | {
      /** From the order to its first change. */
      firstStepMs: number;
      /** Between changes. */
      nextStepMs: number;
      /** Added for each earlier order, up to three, so that ports complete one after the other. */
      staggerMs?: number;
    };

/** Ports complete between 10 and some 20 seconds after their order. */
export const SAMPLE_SCHEDULE: PortSchedule = { firstStepMs: 4_000, nextStepMs: 6_000, staggerMs: 3_500 };

/** How a number's port differs from an ordinary one. */
export interface PortBehaviour {
  /** The order is answered 422 with this reason. */
  refuse?: string;
  /** The order is answered 409 with this reason. */
  alreadyPorting?: string;
  /** The statuses that follow `submitted`; default `foc`, `complete`. */
  path?: PortStatus[];
  /** Reason of an `exception` or `cancelled` in the path. */
  reason?: string;
  callbacks?: CallbackMode;
  /** The order stays as it is until the account's orders are released. */
  held?: boolean;
}

const ORDINARY: PortStatus[] = ['foc', 'complete'];

/** The scheduled changes of a new order. @param before the number of earlier orders */
export function stepsOf(
  schedule: PortSchedule,
  behaviour: PortBehaviour,
  now: number,
  before: number,
): PortStep[] {
  if (schedule === 'manual') return [];
  const first = now + schedule.firstStepMs + (before % 4) * (schedule.staggerMs ?? 0);
  return (behaviour.path ?? ORDINARY).map((status, index) => ({
    status,
    reason:
      status === 'exception' || status === 'cancelled'
        ? (behaviour.reason ?? 'losing carrier objects')
        : null,
    at: first + index * schedule.nextStepMs,
  }));
}
