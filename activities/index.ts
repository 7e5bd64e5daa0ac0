import type { Logger } from 'pino';
import type { Clock } from '../domain/engine/clock.js';
import { systemClock } from '../gateways/clock.js';
import type { Downloader } from '../gateways/download/download.js';
import type { ObjectStore } from '../gateways/objects/object-store.js';
import type { WorkflowControl } from '../gateways/temporal/workflow-control.js';
import type { CallDependencies } from './conversations/account/call-dependencies.js';
import { createCallActivities } from './conversations/account/calls.js';
import { createFetchFollowedFiles } from './conversations/following/fetch-files.js';
import { createFetchAttachments } from './conversations/attachments/fetch-attachments.js';
import type {
  CallActivities,
  FollowActivities,
  ImportActivities,
  PreflightActivities,
} from './conversations/types.js';
import { createPreflight } from './conversations/preflight/preflight.js';
import type { SourceClients } from './conversations/import/open-source.js';
import { createFollowing } from './conversations/streams/index.js';
import type { StreamDependencies } from './conversations/streams/index.js';
import type { StreamsWanted } from './conversations/streams/stream-starts.js';
import { conversationsRetries } from './conversations/retry-scope.js';
import type { CodeVersion } from './engine/certified-run.js';
import { completingSmall, createEngineCalls, createEngineImports } from './engine/activities.js';
import { withFailures } from './engine/failures.js';
import { withRetryTracking } from './engine/retries/retries.js';
import type { RetriesOf } from './engine/retries/retries.js';
import { engineRetries } from './engine/retries/scope.js';
import type { EngineCalls, EngineImports } from './engine/types.js';
import { withThrottledHeartbeats } from './engine/heartbeats.js';
import type { OnCommittedOfKinds } from './engine/work.js';
import type { Governors } from './engine/governing/governors.js';
import type { ThrottleNotes } from './engine/governing/throttle-notes.js';
import { createOperations } from './conversations/operations/index.js';
import type { OperationDependencies } from './conversations/operations/index.js';
import type { OperationCalls, OperationImports } from './conversations/operations/types.js';
import { createKinds } from './kinds.js';
import { createOnboardingActivities } from './onboarding/index.js';
import type { OnboardingActivities } from './onboarding/types.js';
import type { InboxTarget } from './inbox/passes.js';
import { onboardingRetries } from './onboarding/retry-scope.js';
import type { OnboardingTargets } from './onboarding/world.js';

export interface ActivityDependencies
  extends
    Omit<CallDependencies, 'clock' | 'follow'>,
    SourceClients,
    Pick<OperationDependencies, 'slackWebhookUrl'> {
  /** Undefined if the kind `onboarding` is off. */
  readonly onboarding?: OnboardingTargets | undefined;
  /** Undefined if the kind `inbox` is off. */
  readonly inbox?: InboxTarget | undefined;
  readonly streamsWanted: StreamsWanted;
  /** Called while a stream is followed. */
  readonly onFollowed?: StreamDependencies['onMoved'];
  /** Called after each batch. */
  readonly onCommitted?: OnCommittedOfKinds;
  /** By default the machine's clock. */
  readonly clock?: Clock;
  readonly workflows: WorkflowControl;
  readonly objects: ObjectStore;
  readonly download: Downloader;
  readonly governors: Governors;
  /** By default throttling by the source is not recorded. */
  readonly throttles?: ThrottleNotes;
  readonly logger: Logger;
  readonly code: CodeVersion;
}

/** Creates all activities with their dependencies, grouped by the task queues that serve them. */
export function createActivities(given: ActivityDependencies): {
  readonly calls: EngineCalls & CallActivities & OperationCalls & PreflightActivities;
  readonly imports: EngineImports & ImportActivities & OperationImports;
  /** For the queue of imports; undefined if the kind is off. */
  readonly onboarding: OnboardingActivities | undefined;
  readonly following: FollowActivities;
} {
  const timed = { ...given, clock: given.clock ?? systemClock };
  const fetchFiles = createFetchFollowedFiles(timed);
  const following = createFollowing({ ...timed, fetchFiles, onMoved: given.onFollowed });
  const dependencies = { ...timed, follow: following.follow };
  const { store, clock, governors, throttles } = dependencies;
  const kinds = createKinds(dependencies);
  const operations = createOperations(dependencies);
  const ofEngine = tracked(dependencies, engineRetries);
  const ofConversations = tracked(dependencies, conversationsRetries);
  return {
    calls: {
      ...ofEngine(createEngineCalls(store.pool, kinds)),
      ...ofConversations({ ...createCallActivities(dependencies), ...operations.calls }),
      // Its retries are not tracked, which would write into the store.
      ...withFailures({ preflight: createPreflight(dependencies) }, given.logger),
    },
    imports: withThrottledHeartbeats(
      {
        ...ofEngine(
          completingSmall(
            createEngineImports(
              { pool: store.pool, clock, governors, throttles, onCommitted: given.onCommitted },
              kinds,
            ),
          ),
        ),
        ...ofConversations({
          fetchAttachments: createFetchAttachments(dependencies),
          ...operations.imports,
        }),
      },
      clock,
    ),
    onboarding:
      given.onboarding &&
      withThrottledHeartbeats(
        tracked(
          dependencies,
          onboardingRetries,
        )(createOnboardingActivities({ store, clock, onboarding: given.onboarding })),
        clock,
      ),
    following: withFailures(following.activities, given.logger),
  };
}

/** Converts failures to Temporal's form, and reports retries to operators. */
function tracked(
  { store, logger, clock }: ActivityDependencies & { readonly clock: Clock },
  retries: RetriesOf,
) {
  return <Activities extends object>(activities: Activities): Activities =>
    withRetryTracking(withFailures(activities, logger), { store, logger, clock, ...retries });
}
