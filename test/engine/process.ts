import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import type { KindPasses, PassWork } from '../../activities/engine/kind.js';
import { completeWork, workOn } from '../../activities/engine/work.js';
import type { WorkRef } from '../../domain/engine/work.js';
import { systemClock } from '../../gateways/clock.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { Life } from './life.js';

/** A kind as a process of its own has it: its passes for the engine, or batches of its own. */
export type Works = SliceWorks | BatchWorker;

export interface SliceWorks {
  readonly pool: Pool;
  readonly kind: KindPasses;
}

export interface Worked {
  readonly finished: boolean;
  readonly halted?: boolean;
}

export interface BatchWorker {
  /** One activity's work; called again until it is finished. */
  work(ref: WorkRef): Promise<Worked>;
  complete(ref: WorkRef): Promise<unknown>;
}

const nothing = (): void => undefined;
/** Activities that fail are what is tested here. */
const SILENT = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Activities of a migration, in a process that may die. The next process is the next attempt of the same activities. */
export class Process {
  readonly #worker: BatchWorker;

  constructor(
    world: { start(life: Life): Works },
    readonly life = new Life(),
    private readonly attempt = 1,
  ) {
    const works = world.start(life);
    this.#worker = 'kind' in works ? ofSlices(works) : works;
  }

  work(ref: WorkRef, environment = this.environment(ref)): Promise<Worked> {
    return environment.run(() => this.#worker.work(ref));
  }

  complete(ref: WorkRef): Promise<unknown> {
    return this.environment(ref).run(() => this.#worker.complete(ref));
  }

  async toEnd(refs: readonly WorkRef[]): Promise<void> {
    for (const ref of refs) {
      while (!(await this.work(ref)).finished);
      await this.complete(ref);
    }
  }

  environment({ pass, unit, phase, run }: WorkRef): MockActivityEnvironment {
    const activityId = [pass, unit, phase, run].join(':');
    const info = { ...defaultActivityInfo, activityId, attempt: this.attempt };
    return new MockActivityEnvironment(info, { logger: SILENT });
  }
}

function ofSlices({ pool, kind }: SliceWorks): BatchWorker {
  const passOf = (ref: WorkRef): PassWork => {
    const pass = kind[ref.pass];
    if (pass === undefined) throw new Error(`this kind has no pass ${ref.pass}`);
    return pass;
  };
  const means = { pool, clock: systemClock };
  return {
    work: (ref) => workOn(means, passOf(ref), ref),
    complete: (ref) => completeWork(means, passOf(ref), ref),
  };
}
