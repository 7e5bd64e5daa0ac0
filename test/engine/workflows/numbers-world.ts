import type { WorkflowHandle } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { TASK_QUEUES } from '../../../domain/engine/ids.js';
import { labelsOf } from '../../../domain/engine/web-ui/labels.js';
import { SIGNALS } from '../../../domain/engine/messages.js';
import type { MigrationInput } from '../../../domain/engine/runs.js';
import type { VerificationInput } from '../../../domain/engine/verification.js';
import type { EngineActivities, LaneProgress } from '../../../activities/engine/types.js';
import { workflowBundle } from '../../support/bundle.js';
import { type DevNamespace, type RunningWorkers, runWorkers, STEERING } from '../../workflows/environment.js';
import { PHASES } from './numbers.js';

interface Input {
  readonly subject: string;
  readonly unit?: string;
  readonly units?: readonly string[];
  readonly phase?: string;
}

/** One file: what its activities have done, and what a test makes them do instead. */
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
  copy: (input: Required<Omit<Input, 'units'>>) => Promise<LaneProgress> = async () => copied(10);
  compare: () => Promise<void> = async () => undefined;

  times(call: string): number {
    return this.log.filter((made) => made === call).length;
  }

  phasesOf(range: string): string[] {
    return [...(this.done.get(range) ?? [])];
  }
}

/** A lane's report that everything is copied or, with `finished: false`, that something is left. */
export function copied(count: number, facts: Partial<LaneProgress> = {}): LaneProgress {
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

  #activities(): EngineActivities {
    const noted = (call: keyof EngineActivities, { subject, unit, units, phase }: Input): NumbersFile => {
      const file = this.#files.get(subject);
      if (file === undefined) throw new Error(`There is no file ${subject}.`);
      file.log.push([call, unit ?? units?.join(), phase].filter((word) => word !== undefined).join(' '));
      return file;
    };
    return {
      async prepareMigration(input) {
        const { done, isPaused, unreadable } = noted('prepareMigration', input);
        if (unreadable) throw unreadable;
        const units = [...done].map(([unit, phases]) => ({
          unit,
          phases: PHASES.filter((phase) => !phases.has(phase)),
        }));
        return { units, paused: isPaused, awaited: false };
      },
      copySlices: async (input) => noted('copySlices', input).copy(input),
      async completePhase(input) {
        noted('completePhase', input).done.get(input.unit)?.add(input.phase);
        return { tally: { numbers: 10 } };
      },
      async recordMigrationFailure({ failure, ...input }) {
        noted('recordMigrationFailure', input).failures.push(failure.message);
      },
      async recordUnitFailure({ failure, ...input }) {
        noted('recordUnitFailure', input).failures.push(failure.message);
      },
      async recordCancellation({ by, ...input }) {
        noted('recordCancellation', input).stoppedBy = by;
      },
      async openVerification(input) {
        const { comparing, done } = noted('openVerification', input);
        return {
          running: comparing !== undefined,
          repair: comparing?.repair ?? false,
          units: [...done.keys()],
        };
      },
      async verifyUnits({ repair, ...input }) {
        const { damage, compare } = noted('verifyUnits', input);
        await compare();
        if (repair) for (const unit of input.units) damage.delete(unit);
        return { finished: true, halted: false, records: 10 };
      },
      finishTurns: async (input) => void noted('finishTurns', input),
      async endVerification({ failure, ...input }) {
        const file = noted('endVerification', input);
        file.comparing = undefined;
        if (failure) return 'failed';
        return file.damage.size === 0 ? 'equal' : 'unequal';
      },
    };
  }
}
