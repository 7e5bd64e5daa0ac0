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

  /** Waits until some members have done so many activities, and have something under way; answers one of those. Undefined if `isOver` holds first. */
  busy(choice: number, done: number): Promise<WatchedWorker>;
  busy(choice: number, done: number, isOver: () => boolean): Promise<WatchedWorker | undefined>;
  busy(choice: number, done: number, isOver?: () => boolean): Promise<WatchedWorker | undefined> {
    return this.#one(choice, (member) => member.done >= done && member.underWay.size > 0, isOver);
  }

  /** Waits until some members have an activity of this type under way; answers one of those. */
  async doing(type: string, choice: number): Promise<WatchedWorker> {
    const isMeant = ({ underWay }: WatchedWorker): boolean =>
      [...underWay.values()].some((one) => one.type === type);
    return (await this.#one(choice, isMeant)) as WatchedWorker;
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

  async #one(
    choice: number,
    isMeant: (member: WatchedWorker) => boolean,
    isOver = (): boolean => false,
  ): Promise<WatchedWorker | undefined> {
    let found: WatchedWorker | undefined;
    await until(async () => {
      await Promise.all(this.#members.map((member) => member.look()));
      const some = this.#members.filter(isMeant);
      found = some[choice % some.length];
      return found !== undefined || isOver();
    }, 600_000);
    return found;
  }

  #start(): void {
    this.#members.push(new WatchedWorker(this.carryover, `worker-${++this.#started}`));
  }
}
