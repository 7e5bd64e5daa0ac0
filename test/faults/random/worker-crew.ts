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
  busy(choice: number, done: number): Promise<WatchedWorker> {
    return this.#one(choice, (member) => member.done >= done && member.underWay.size > 0);
  }

  /** Waits until some members have an activity of this type under way; answers one of those. */
  doing(type: string, choice: number): Promise<WatchedWorker> {
    return this.#one(choice, ({ underWay }) => [...underWay.values()].some((one) => one.type === type));
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

  async #one(choice: number, isMeant: (member: WatchedWorker) => boolean): Promise<WatchedWorker> {
    let found: WatchedWorker | undefined;
    await until(async () => {
      await Promise.all(this.#members.map((member) => member.look()));
      const some = this.#members.filter(isMeant);
      found = some[choice % some.length];
      return found !== undefined;
    }, 600);
    return found as WatchedWorker;
  }

  #start(): void {
    this.#members.push(new WatchedWorker(this.carryover, `worker-${++this.#started}`));
  }
}
