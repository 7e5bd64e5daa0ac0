import type { Process } from './clock.js';
import { Heap } from './heap.js';
import type { SharedMachine } from './shared-machine.js';

export interface Task {
  /** Smaller priorities go first. */
  readonly priority: number;
  readonly fairnessKey: string;
}

/** The order in which a queue dispatches waiting tasks. */
export interface Order {
  readonly byPriority: boolean;
  readonly fair: boolean;
}

interface Waiting {
  readonly pass: number;
  readonly place: number;
  readonly begin: (machine: SharedMachine) => void;
}

/** The waiting tasks of one priority. */
class Level {
  readonly waiting = new Heap<Waiting>(
    (one, other) => one.pass < other.pass || (one.pass === other.pass && one.place < other.place),
  );
  readonly #passes = new Map<string, number>();
  #reached = 0;

  add(key: string | undefined, place: number, begin: Waiting['begin']): void {
    this.waiting.push({ pass: key === undefined ? 0 : this.#nextPass(key), place, begin });
  }

  take(): Waiting | undefined {
    const next = this.waiting.pop();
    if (next) this.#reached = Math.max(this.#reached, next.pass);
    return next;
  }

  #nextPass(key: string): number {
    const pass = Math.max(this.#reached, (this.#passes.get(key) ?? -1) + 1);
    this.#passes.set(key, pass);
    return pass;
  }
}

/**
 * A task queue of one partition and the slots of its workers, which dispatches tasks as Temporal does:
 *
 * 1. A task goes to a random free slot, since every one of them polls.
 * 2. If none is free, it waits by its priority; smaller ones go first.
 * 3. With fairness, a task gets a pass on arrival: one more than its key's last pass, and at least the pass being dispatched. Smaller passes go
 *    first, so keys take turns (stride scheduling; temporalio/temporal, service/matching/fair_task_writer.go).
 */
export class TaskQueue {
  readonly #levels = new Map<number, Level>();
  readonly #free: SharedMachine[];
  readonly #slots: number;
  #places = 0;
  #length = 0;

  constructor(
    machines: readonly SharedMachine[],
    slotsEach: number,
    private readonly order: Order,
    /** Returns a number from 0 (inclusive) to 1 (exclusive). */
    private readonly chance: () => number,
  ) {
    this.#free = machines.flatMap((machine) => Array.from({ length: slotsEach }, () => machine));
    this.#slots = this.#free.length;
  }

  get length(): number {
    return this.#length;
  }

  get slotsInUse(): number {
    return this.#slots - this.#free.length;
  }

  /** Waits for a slot, does the work in it and frees it. */
  *run(task: Task, work: (machine: SharedMachine) => Process): Process {
    let machine: SharedMachine | undefined;
    yield (resume) => {
      const level = this.#levelOf(task);
      level.add(this.order.fair ? task.fairnessKey : undefined, (this.#places += 1), (given) => {
        machine = given;
        resume();
      });
      this.#length += 1;
      this.#giveOut();
    };
    yield* work(machine!);
    this.#free.push(machine!);
    this.#giveOut();
  }

  #levelOf({ priority }: Task): Level {
    const key = this.order.byPriority ? priority : 0;
    const level = this.#levels.get(key) ?? new Level();
    this.#levels.set(key, level);
    return level;
  }

  #giveOut(): void {
    if (this.#free.length === 0 || this.#length === 0) return;
    let first: readonly [priority: number, level: Level] | undefined;
    for (const entry of this.#levels)
      if (entry[1].waiting.size > 0 && (first === undefined || entry[0] < first[0])) first = entry;
    const next = first?.[1].take();
    this.#length -= 1;
    next?.begin(this.#takeSlot());
  }

  #takeSlot(): SharedMachine {
    const at = Math.floor(this.chance() * this.#free.length);
    const slot = this.#free[at]!;
    this.#free[at] = this.#free.at(-1)!;
    this.#free.pop();
    return slot;
  }
}
