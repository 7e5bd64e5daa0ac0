import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type {
  AccountInput,
  ConversationsActivities,
  Provision,
} from '../../activities/conversations/types.js';
import type { Completed, EngineActivities, LaneProgress } from '../../activities/engine/types.js';
import { phasesLeft } from '../../domain/conversations/phases.js';
import type { MigrationRef } from '../../domain/engine/migration-ref.js';
import { displayName } from '../../domain/engine/web-ui/business-names.js';
import type { Failure, FailureType } from '../../domain/engine/failures/failures.js';
import {
  PORT_OPEN,
  isPortingEnded,
  type PortingState,
  secondsUntilPoll,
} from '../../domain/conversations/porting.js';
import type { PortToFollow } from '../../gateways/temporal/conversations/ports.js';
import { type BrandStatus, brandStatusAtStart } from '../../domain/conversations/statuses.js';

/** The activities of migrations. */
type Activities = ConversationsActivities & Omit<EngineActivities, keyof VerificationActivities>;
export type VerificationActivities = Pick<
  EngineActivities,
  'openVerification' | 'verifyUnits' | 'finishTurns' | 'endVerification'
>;
export type ActivityName = keyof Activities;
export type InputOf<N extends ActivityName> = Parameters<Activities[N]>[0];
export type ResultOf<N extends ActivityName> = Awaited<ReturnType<Activities[N]>>;

/** Replaces the world's default behaviour, which is `usual`. */
type Script<N extends ActivityName> = (
  input: InputOf<N>,
  usual: () => Promise<ResultOf<N>>,
) => ResultOf<N> | Promise<ResultOf<N>>;

export interface Call {
  readonly name: ActivityName;
  readonly input: (AccountInput | MigrationRef) & {
    readonly unit?: string;
    readonly brandId?: string;
    readonly channelId?: string;
    readonly phase?: string;
  };
  /** Milliseconds by the server's clock, which tests make skip. */
  readonly at: number;
  readonly attempt: number;
}

export interface FakeBrand {
  name: string | undefined;
  status: BrandStatus;
  ports: readonly string[];
  attachments: number;
}

/**
 * The world behind the activities of one account: it keeps statuses and ports as the store would, counts every call, and does what a test scripts.
 * Accounts share workers but are independent.
 */
export class FakeWorld {
  readonly calls: Call[] = [];
  readonly brands = new Map<string, FakeBrand>();
  readonly ports = new Map<string, PortingState>();
  /** The delays in seconds that attempts of an open port have requested for the next attempt, in order. */
  readonly delays: number[] = [];
  /** Channels whose port the carrier was asked to order. */
  readonly orders: string[] = [];
  name: string | undefined;
  paused = false;
  /** The account's app polls. */
  awaited = false;
  pollSeconds = 300;
  accountFailure: Failure | undefined;
  cancelledBy: string | undefined;
  readonly #scripts = new Map<ActivityName, Script<ActivityName>>();

  constructor(
    readonly accountId: string,
    /** Starts a port's workflow. */
    readonly followPort: (port: PortToFollow) => Promise<void> = () =>
      Promise.reject(new Error('No client.')),
  ) {}

  brand(brandId: string, facts: Partial<FakeBrand> = {}): this {
    this.brands.set(brandId, { name: undefined, status: 'none', ports: [], attachments: 0, ...facts });
    return this;
  }

  script<N extends ActivityName>(name: N, script: Script<N>): this {
    this.#scripts.set(name, script);
    return this;
  }

  /** Restores the default behaviour. */
  unscript(name: ActivityName): void {
    this.#scripts.delete(name);
  }

  async perform<N extends ActivityName>(name: N, input: InputOf<N>): Promise<ResultOf<N>> {
    const { scheduledTimestampMs, currentAttemptScheduledTimestampMs, attempt } = activityInfo();
    const at = Math.max(scheduledTimestampMs, currentAttemptScheduledTimestampMs);
    this.calls.push({ name, input, at, attempt });
    const usual = async (): Promise<ResultOf<N>> => usually[name](this, input);
    const script = this.#scripts.get(name) as Script<N> | undefined;
    return script ? await script(input, usual) : await usual();
  }

  /** The calls in the order they were made, e.g. `copySlices br_1 recent`. */
  get log(): string[] {
    return this.calls.map(({ name, input }) =>
      [name, input.unit ?? input.brandId ?? input.channelId, input.phase]
        .filter((word) => word !== undefined)
        .join(' '),
    );
  }

  times(name: ActivityName): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  status(brandId: string): BrandStatus {
    return this.known(brandId).status;
  }

  known(brandId: string): FakeBrand {
    const brand = this.brands.get(brandId);
    if (brand === undefined) throw new Error(`There is no brand ${brandId} in this world.`);
    return brand;
  }
}

/** The default behaviour: what the real activities promise in their types. */
const usually: {
  [N in ActivityName]: (world: FakeWorld, input: InputOf<N>) => ResultOf<N> | Promise<ResultOf<N>>;
} = {
  prepareMigration(world) {
    for (const brand of world.brands.values()) brand.status = brandStatusAtStart(brand.status);
    const shown = (name: string | undefined) => displayName(name ?? '');
    const units = [...world.brands].map(([unit, { name, status }]) => ({
      unit,
      name: shown(name),
      phases: phasesLeft(status),
    }));
    return { name: shown(world.name), units, paused: world.paused, awaited: world.awaited };
  },
  provisionBrand: (world, { brandId }): Provision => ({
    portingChannelIds: world.known(brandId).ports,
    failures: [],
  }),
  async startPorts(world, { accountId, brandId }) {
    for (const channelId of world.known(brandId).ports)
      await world.followPort({ accountId, brandId, channelId });
  },
  recordUnitFailure(world, { unit, phase }) {
    const failed: Readonly<Record<string, BrandStatus>> = {
      channels: 'channel-failure',
      recent: 'recent-messages-failure',
      remaining: 'remaining-messages-failure',
    };
    world.known(unit).status = failed[phase]!;
  },
  recordMigrationFailure: (world, { failure }) => void (world.accountFailure = failure),
  recordCancellation: (world, { by }) => void (world.cancelledBy = by),
  followPort(world, { channelId }) {
    const known = world.ports.get(channelId);
    if (known === undefined) world.orders.push(channelId);
    const state = known ?? { status: 'submitted', at: new Date(0).toISOString() };
    world.ports.set(channelId, state);
    if (isPortingEnded(state.status)) return state;
    throw portOpen(world, known !== undefined);
  },
  copySlices: (world) => progress({ finished: true, messages: 20, threads: 2, awaited: world.awaited }),
  completePhase(world, { unit, phase }): Completed {
    const brand = world.known(unit);
    brand.status = phase === 'recent' ? 'recent-messages-migrated' : 'all-messages-migrated';
    return { tally: { messages: 20, threads: 2, quarantined: 0 }, beside: brand.attachments };
  },
  fetchAttachments(world, { brandId }) {
    const brand = world.known(brandId);
    const stored = brand.attachments;
    brand.attachments = 0;
    return { stored, failed: 0, left: 0 };
  },
};

/** As the real activity ends an attempt of an open port. */
export function portOpen({ pollSeconds, delays }: FakeWorld, wasOrdered: boolean): ApplicationFailure {
  // The test server does not report when an attempt was due; this much time has passed if each was on time.
  const soFar = wasOrdered ? pollSeconds * (2 ** (activityInfo().attempt - 1) - 1) : 0;
  const seconds = secondsUntilPoll(pollSeconds, soFar);
  delays.push(seconds);
  return ApplicationFailure.create({
    type: PORT_OPEN,
    message: 'The port is under way.',
    nextRetryDelay: 1_000 * seconds,
    category: 'BENIGN',
  });
}

export function progress({
  threads = 0,
  messages = 0,
  quarantined = 0,
  ...facts
}: Partial<LaneProgress> & {
  readonly threads?: number;
  readonly messages?: number;
  readonly quarantined?: number;
}): LaneProgress {
  const tally = { threads, messages, quarantined };
  return { finished: false, halted: false, lanes: 1, awaited: false, tally, ...facts };
}

/** As `withFailures` throws it. */
export function failing(type: FailureType, options: { readonly final?: boolean } = {}): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: `${type} of a test`,
    nonRetryable: options.final ?? false,
  });
}

/** Holds whoever awaits `passed` until `open` is called. */
export class Gate {
  readonly passed: Promise<void>;
  open!: () => void;

  constructor() {
    this.passed = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

/** The activities as workers take them: every account's calls go to its own world. */
export function fakeActivities(worldOf: (accountId: string) => FakeWorld): Activities {
  const perform =
    <N extends ActivityName>(name: N) =>
    (input: InputOf<N>) =>
      worldOf('accountId' in input ? input.accountId : input.subject).perform(name, input);
  return {
    prepareMigration: perform('prepareMigration'),
    provisionBrand: perform('provisionBrand'),
    startPorts: perform('startPorts'),
    recordUnitFailure: perform('recordUnitFailure'),
    recordMigrationFailure: perform('recordMigrationFailure'),
    recordCancellation: perform('recordCancellation'),
    followPort: perform('followPort'),
    copySlices: perform('copySlices'),
    completePhase: perform('completePhase'),
    fetchAttachments: perform('fetchAttachments'),
  } satisfies Activities;
}

/** The first import of the account waits for the gate, then ends as the real one does when the store says 'paused' or 'cancelled'. */
export function haltAt(world: FakeWorld, gate: Gate): void {
  world.script('copySlices', async (_input, usual) => {
    if (world.times('copySlices') > 1) return usual();
    await gate.passed;
    return progress({ halted: true, messages: 3 });
  });
}

/** Imports, or with a condition some of them, wait for the gate. */
export function holdImports(
  world: FakeWorld,
  gate: Gate,
  isHeld: (input: InputOf<'copySlices'>) => boolean = () => true,
): void {
  world.script('copySlices', async (input, usual) => {
    if (isHeld(input)) await gate.passed;
    return usual();
  });
}
