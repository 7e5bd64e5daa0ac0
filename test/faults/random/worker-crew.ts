import { type Carryover, until } from '../../e2e/carryover.js';
import { type Activity, WatchedWorker } from '../watched-worker.js';

/** Workers that are killed and replaced. */
export class WorkerCrew {
  #started = 0;
  readonly #members: WatchedWorker[] = [];

  constructor(
    private readonly carryover: Carryover,
    size: number,
  ) {
    while (this.#members.length < size) this.#start();
  }

  /** Waits until some members have done so many activities, and have something under way; answers one of those. */
  async busy(choice: number, done: number): Promise<WatchedWorker> {
    let found: WatchedWorker | undefined;
    await until(async () => {
      await Promise.all(this.#members.map((member) => member.look()));
      const busy = this.#members.filter((member) => member.done >= done && member.underWay.size > 0);
      found = busy[choice % busy.length];
      return found !== undefined;
    }, 600);
    return found as WatchedWorker;
  }

  /** Kills it and has another started; answers what it had under way. */
  async kill(member: WatchedWorker): Promise<Activity[]> {
    await this.carryover.kill(member);
    this.#members.splice(this.#members.indexOf(member), 1);
    this.#start();
    await member.lastLook();
    return [...member.underWay.values()];
  }

  /** What the living have under way, as far as they have said. */
  async underWay(): Promise<Activity[]> {
    await Promise.all(this.#members.map((member) => member.look()));
    return this.#members.flatMap((member) => [...member.underWay.values()]);
  }

  #start(): void {
    this.#members.push(new WatchedWorker(this.carryover, `worker-${++this.#started}`));
  }
}
