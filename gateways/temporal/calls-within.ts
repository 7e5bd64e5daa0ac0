import type { Connection } from '@temporalio/client';
import { deadlineIn } from '../clock.js';

/** Makes calls that share a deadline. Throws what `call` throws. */
export type CallWithin = <T>(timeoutMs: number, call: () => Promise<T>) => Promise<T>;

/**
 * The SDK passes deadlines on in an AsyncLocalStorage. From its first use until it is disabled, Node 20 and 22 run hooks for each promise, timer and
 * write of the whole process, which costs a tenth of a polled call. So it is disabled while no call is under way; the next call enables it again.
 */
export function callsWithin(connection: Connection): CallWithin {
  let underWay = 0;
  return async (timeoutMs, call) => {
    underWay += 1;
    try {
      return await connection.withDeadline(deadlineIn(timeoutMs), call);
    } finally {
      underWay -= 1;
      if (underWay === 0) connection.callContextStorage.disable();
    }
  };
}
