import type { WorkflowHandle } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { TASK_QUEUES } from '../../../domain/engine/ids.js';
import { labelsOf } from '../../../domain/engine/labels.js';
import { SIGNALS } from '../../../domain/engine/messages.js';
import type { MigrationInput } from '../../../domain/engine/runs.js';
import type { VerificationInput } from '../../../domain/engine/verification.js';
import type { LaneProgress } from '../../../workflows/engine/kind.js';
import { workflowBundle } from '../../support/bundle.js';
import { type DevNamespace, type RunningWorkers, runWorkers, STEERING } from '../../workflows/environment.js';
import { type NumbersActivities, PHASES } from './numbers.js';

type Name = keyof NumbersActivities;
type Input = {
  readonly file: string;
  readonly range?: string;
  readonly phase?: string;
  readonly unit?: string;
};

/** One file: what its activities have done, and what a test has them do instead. */
export class NumbersFile {
  readonly name = `file_${randomBytes(4).toString('hex')}`;
  readonly log: string[] = [];
  /** Phases that are done, by range. */
  readonly done = new Map<string, Set<string>>([
    ['a', new Set()],
    ['b', new Set()],
  ]);
  readonly failures: string[] = [];
  isPaused = false;
  /** Why it cannot be opened. */
  unreadable: Error | undefined;
  stoppedBy: string | undefined;
  /** Numbers of each range that are not as the file has them. */
  readonly damage = new Map<string, number>();
  /** The store says that the verification is running; left out while nobody has asked for one. */
  comparing: { readonly repair: boolean } | undefined;
  copy: (input: Required<Pick<Input, 'file' | 'range' | 'phase'>>) => Promise<LaneProgress<object>> =
    async () => copied(10);
  compare: () => Promise<void> = async () => undefined;

  times(call: string): number {
    return this.log.filter((made) => made === call).length;
  }

  phasesOf(range: string): string[] {
    return [...(this.done.get(range) ?? [])];
  }
}

/** As a lane reports that everything is copied, or with `finished: false` that something is left. */
export function copied(count: number, facts: Partial<LaneProgress<object>> = {}): LaneProgress<object> {
  return { finished: true, halted: false, lanes: 1, awaited: false, tally: { numbers: count }, ...facts };
}

export class NumbersTests {
  readonly #files = new Map<string, NumbersFile>();
  #workers: RunningWorkers | undefined;

  constructor(private readonly server: Pick<DevNamespace, 'client' | 'nativeConnection' | 'namespace'>) {}

  async startWorkers(): Promise<void> {
    const bundle = workflowBundle('test/engine/workflows/numbers.ts');
    this.#workers = await runWorkers(this.server, this.#activities(), bundle);
  }

  async stopWorkers(): Promise<void> {
    await this.#workers?.stop();
  }

  file(): NumbersFile {
    const file = new NumbersFile();
    this.#files.set(file.name, file);
    return file;
  }

  /** Starts the file's migration, or tells the one that runs to retry. */
  async start({ name }: NumbersFile): Promise<WorkflowHandle> {
    const input: MigrationInput = { subject: name };
    return await this.server.client.workflow.signalWithStart('NumbersWorkflow', {
      workflowId: `numbers:${name}`,
      taskQueue: TASK_QUEUES.workflows,
      args: [input],
      signal: SIGNALS.start,
      signalArgs: [STEERING],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      typedSearchAttributes: labelsOf({ kind: 'numbers', subject: name, phase: 'preparing' }),
    });
  }

  /** Verifies the file, and repairs it if told so. */
  async verify(file: NumbersFile, repair = false): Promise<WorkflowHandle> {
    file.comparing = { repair };
    const input: VerificationInput = { subject: file.name, verificationId: '1' };
    return await this.server.client.workflow.start('ComparisonWorkflow', {
      workflowId: `numbers:${file.name}/comparison`,
      taskQueue: TASK_QUEUES.workflows,
      args: [input],
    });
  }

  range({ name }: NumbersFile, range: string, first: string): WorkflowHandle {
    return this.server.client.workflow.getHandle(`numbers:${name}/${range}/${first}`);
  }

  #activities(): NumbersActivities {
    const noted = (call: Name, { file: name, range, unit, phase }: Input): NumbersFile => {
      const file = this.#files.get(name);
      if (file === undefined) throw new Error(`There is no file ${name}.`);
      file.log.push([call, range ?? unit, phase].filter((word) => word !== undefined).join(' '));
      return file;
    };
    return {
      async openFile(input) {
        const { done, isPaused, unreadable } = noted('openFile', input);
        if (unreadable) throw unreadable;
        const units = [...done].map(([unit, phases]) => ({
          unit,
          phases: PHASES.filter((phase) => !phases.has(phase)),
        }));
        return { units, paused: isPaused, awaited: false };
      },
      copyNumbers: async (input) => noted('copyNumbers', input).copy(input),
      async checkSum(input) {
        noted('checkSum', input).done.get(input.range)?.add(input.phase);
        return { tally: { numbers: 10 } };
      },
      async recordFileFailure({ failure, ...input }) {
        noted('recordFileFailure', input).failures.push(failure.message);
      },
      async recordRangeFailure({ failure, ...input }) {
        noted('recordRangeFailure', input).failures.push(failure.message);
      },
      async recordStop({ by, ...input }) {
        noted('recordStop', input).stoppedBy = by;
      },
      async openComparison(input) {
        const { comparing, done } = noted('openComparison', input);
        return {
          running: comparing !== undefined,
          repair: comparing?.repair ?? false,
          units: [...done.keys()],
        };
      },
      async compareNumbers({ repair, ...input }) {
        const { damage, compare } = noted('compareNumbers', input);
        await compare();
        if (repair) damage.delete(input.unit);
        return { finished: true, halted: false, records: 10 };
      },
      sumUp: async (input) => void noted('sumUp', input),
      async endComparison({ failure, ...input }) {
        const file = noted('endComparison', input);
        file.comparing = undefined;
        if (failure) return 'failed';
        return file.damage.size === 0 ? 'equal' : 'unequal';
      },
    };
  }
}
