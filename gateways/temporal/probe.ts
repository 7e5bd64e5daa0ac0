import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { SEARCH_ATTRIBUTE_TYPES } from '../../domain/engine/web-ui/labels.js';
import { Unusable } from '../../domain/engine/unusable.js';
import type { CallWithin } from './calls-within.js';

export interface ProbedServer {
  readonly connection: Connection;
  readonly within: CallWithin;
  readonly address: string;
  readonly namespace: string;
}

/** No workflow has this id. */
const NOBODY = 'carryover:probe';

/** gRPC's status codes. */
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;
const UNAUTHENTICATED = 16;
const REFUSALS: ReadonlySet<number> = new Set([PERMISSION_DENIED, UNAUTHENTICATED]);

/**
 * Returns a check that sends cheap requests through all of the server: its frontend, the shard of a workflow that does not exist, and the database.
 * The deadline matters because a frozen server, or one with a blocked disk, still accepts connections. Checks search attributes until they were found
 * once. Throws Unusable.
 */
export function temporalProbe(server: ProbedServer): (timeoutMs: number) => Promise<void> {
  const { connection, within, namespace } = server;
  let hasAttributes = false;
  return (timeoutMs) =>
    within(timeoutMs, async () => {
      try {
        await connection.workflowService.describeNamespace({ namespace });
        await connection.workflowService
          .describeWorkflowExecution({ namespace, execution: { workflowId: NOBODY } })
          .catch(unlessCode(NOT_FOUND));
        if (!hasAttributes) await assertSearchAttributes(server);
        hasAttributes = true;
      } catch (error) {
        throw troubleOf(error, server, timeoutMs);
      }
    });
}

async function assertSearchAttributes({ connection, namespace }: ProbedServer): Promise<void> {
  // Temporal Cloud does not offer its operator service.
  const answer = await connection.operatorService
    .listSearchAttributes({ namespace })
    .catch(unlessCode(PERMISSION_DENIED, UNAUTHENTICATED, UNIMPLEMENTED));
  if (answer === undefined) return;
  const missing = Object.entries(SEARCH_ATTRIBUTE_TYPES).filter(
    ([name]) => !(name in answer.customAttributes),
  );
  if (missing.length === 0) return;
  const options = missing.map(([name, type]) => `--name ${name} --type ${type}`).join(' ');
  throw new Unusable(
    `The Temporal namespace ${namespace} lacks the search attributes ${missing.map(([name]) => name).join(', ')}. ` +
      `Create them: temporal operator search-attribute create --namespace ${namespace} ${options}`,
    { lasting: true },
  );
}

function unlessCode(...codes: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(codeOf(error) ?? -1)) throw error;
  };
}

function troubleOf(error: unknown, { address, namespace }: ProbedServer, timeoutMs: number): Unusable {
  if (error instanceof Unusable) return error;
  const code = codeOf(error);
  if (code === NOT_FOUND) {
    const message =
      `Temporal has no namespace ${namespace}. Correct TEMPORAL_NAMESPACE, or create the namespace: ` +
      `temporal operator namespace create --namespace ${namespace}`;
    return new Unusable(message, { lasting: true, cause: error });
  }
  if (code !== undefined && REFUSALS.has(code)) {
    const message =
      `Temporal at ${address} refuses access to the namespace ${namespace}. Check TEMPORAL_API_KEY, or the client ` +
      'certificate of TEMPORAL_TLS_CLIENT_CERT_PATH, and its permissions.';
    return new Unusable(message, { lasting: true, cause: error });
  }
  const how = code === DEADLINE_EXCEEDED ? `within ${timeoutMs / 1_000} s` : 'at all';
  const message = `Temporal at ${address} does not answer ${how}: migrations wait until it does. Check the server, its disk and TEMPORAL_ADDRESS.`;
  return new Unusable(message, { lasting: false, cause: error });
}

function codeOf(error: unknown): number | undefined {
  return isGrpcServiceError(error) ? error.code : undefined;
}
