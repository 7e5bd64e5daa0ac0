import { CancellationScope, continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type {
  AttachmentCounts,
  BrandCounts,
  BrandMigrationInput,
  BrandOutcome,
  BrandPhase,
  BrandProgress,
  Part,
  PartCounts,
} from '../../domain/engine/messages.js';
import { type Activities, activitiesOf } from './activities.js';
import { brandDetails } from './details.js';
import { label } from '../engine/labels.js';
import { openPausing, type Pausing } from '../engine/pausing.js';
import { openRetrying, type Retrying } from '../engine/retrying.js';

/** One run of a brand's migration: what it has, what it knows so far, and how it tells it. */
export class BrandRun {
  readonly accountId: string;
  readonly brandId: string;
  readonly activities: Activities;
  readonly pausing: Pausing;
  readonly retrying: Retrying;
  /** Still to be done, the one under way first. */
  parts: readonly Part[];
  provisioned: boolean;
  /** Somebody's app waits for the recent messages, as it was last heard. */
  awaited: boolean;
  /** The remaining messages take more than one round, so that fetching attachments beside them is worth an activity. */
  isLong = false;
  /** All of the brand's messages are in, so that no more attachments will appear. */
  imported = false;
  attachments: AttachmentCounts;
  #doing: BrandProgress['doing'] = 'channels';
  #counts: BrandCounts;

  /** Registers signal handlers: MUST be made before the workflow's first await. */
  constructor(readonly input: BrandMigrationInput) {
    this.accountId = input.accountId;
    this.brandId = input.brandId;
    this.activities = activitiesOf(input.accountId);
    this.pausing = openPausing(input.paused);
    this.retrying = openRetrying(() => this.tell());
    this.parts = input.parts;
    this.awaited = input.awaited ?? false;
    this.provisioned = input.carried?.provisioned ?? false;
    this.#counts = input.carried?.counts ?? {};
    this.attachments = input.attachmentsToFetch === undefined ? {} : { left: input.attachmentsToFetch };
  }

  /** This run is to bring all of the brand's messages, and so its attachments too. */
  get isWhole(): boolean {
    return this.input.carried?.isWhole ?? this.input.parts.includes('remaining');
  }

  get progress(): BrandProgress {
    const { pause } = this.pausing;
    const { now } = this.retrying;
    const { names } = this.input;
    return {
      ...(names && { names }),
      doing: this.#doing,
      ...(pause && { paused: pause }),
      ...(now && { retrying: now }),
      counts: this.#counts,
      attachments: this.attachments,
    };
  }

  get counts(): BrandCounts {
    return this.#counts;
  }

  now(doing: BrandProgress['doing']): void {
    this.#doing = doing;
    this.#goneOn();
    this.tell();
  }

  label(labels: { readonly phase?: BrandPhase; readonly paused?: boolean }): void {
    label({ accountId: this.accountId, brandId: this.brandId, ...labels });
  }

  count(part: Part, counts: PartCounts): void {
    const { threads, messages, quarantined, checked } = counts;
    this.#counts = { ...this.#counts, [part]: { threads, messages, quarantined, checked } };
    this.#goneOn();
    this.tell();
  }

  /** What was tried again has ended, or the run would not be here. Attachments are fetched beside it. */
  #goneOn(): void {
    for (const activity of ['provisionBrand', 'importSlices', 'completePhase']) this.retrying.over(activity);
  }

  tell(): void {
    setCurrentDetails(brandDetails(this.progress));
  }

  /** A brand pauses between activities; those that run end by themselves within a batch. */
  async passWhenResumed(): Promise<void> {
    while (this.pausing.pause !== undefined) {
      this.label({ paused: true });
      this.tell();
      await this.pausing.untilResumed();
    }
    this.label({ paused: false });
    this.tell();
  }

  /** Runs beside the rest; cancelled by what is given back, which waits until nothing of it works any more. */
  beside(work: () => Promise<void>): { readonly done: Promise<void>; stop(): Promise<void> } {
    const scope = new CancellationScope();
    const done = scope.run(work);
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    return {
      done,
      stop: async () => {
        scope.cancel();
        await CancellationScope.nonCancellable(() => settled);
      },
    };
  }

  /** Between rounds, before history grows long; the next run goes on where this one is. */
  async continueAsNewIfSuggested(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested) return;
    const { accountId, brandId, parts, provisioned } = this;
    const { names } = this.input;
    const { pause } = this.pausing;
    const { left } = this.attachments;
    await continueAsNew<(input: BrandMigrationInput) => Promise<BrandOutcome>>({
      accountId,
      brandId,
      parts,
      ...(names && { names }),
      ...(this.awaited && { awaited: true }),
      ...(pause && { paused: pause }),
      ...(left !== undefined && { attachmentsToFetch: left }),
      carried: { provisioned, counts: this.#counts, isWhole: this.isWhole },
    });
  }
}
