import { Client, Connection } from '@temporalio/client';
import { type Carryover, until } from '../../e2e/carryover.js';
import type { FaultProxy } from '../../../dev/faults/fault-proxy.js';
import { type Activity, tellOfDeath, type WatchedWorker } from '../watched-worker.js';
import { openTransaction } from './last-moment.js';
import type { WorkerCrew } from './worker-crew.js';

/** Ends workers of a crew by SIGKILL, in the middle of whatever they are doing. */
export class Killing {
  private constructor(
    private readonly carryover: Carryover,
    private readonly proxy: FaultProxy,
    private readonly connection: Connection,
  ) {}

  static async open(carryover: Carryover, proxy: FaultProxy): Promise<Killing> {
    const connection = await Connection.connect({ address: carryover.stack.env.TEMPORAL_ADDRESS });
    return new Killing(carryover, proxy, connection);
  }

  get client(): Client {
    return new Client({
      connection: this.connection,
      namespace: this.carryover.stack.env.TEMPORAL_NAMESPACE,
    });
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** Waits for so many more requests to the source, or until the worker has nothing under way any more. */
  async somewhatLater(worker: WatchedWorker, requests: number): Promise<void> {
    const from = this.proxy.passed.length;
    await until(async () => {
      await worker.look();
      return this.proxy.passed.length >= from + requests || worker.underWay.size === 0;
    });
  }

  /**
   * Stops the victim first, so that what is open can be read; nothing of it happens any more. Answers what it was doing. What it had under way is tried
   * again at once, but for what `isUntold` names: that is left for Temporal to notice.
   */
  async kill(
    crew: WorkerCrew,
    victim: WatchedWorker,
    isUntold: (activity: Activity) => boolean = () => false,
  ): Promise<string> {
    process.kill(victim.pid, 'SIGSTOP');
    const open = await openTransaction(this.carryover.store, victim.pid);
    const underWay = await crew.kill(victim);
    await tellOfDeath(
      this.client,
      underWay.filter((activity) => !isUntold(activity)),
    );
    if (open !== undefined) return open;
    return underWay[0] === undefined ? 'no activity' : `${underWay[0].type}, between transactions`;
  }
}
