import { Connection } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto';

const { HistoryEvent } = proto.temporal.api.history.v1;
const { DescribeWorkflowExecutionResponse } = proto.temporal.api.workflowservice.v1;

export interface KeptRun {
  readonly workflowId: string;
  /** The bytes of its events and its description, read as text. */
  readonly text: string;
  /** Its id and its search attributes, which are never encrypted. */
  readonly inClear: string;
  /** The encodings of all payloads in it but search attributes, which are never encrypted. */
  readonly encodings: ReadonlySet<string>;
}

/** What a Temporal server holds of every workflow in the namespace: nothing is decoded. */
export async function keptByTemporal(address: string, namespace: string): Promise<KeptRun[]> {
  const connection = await Connection.connect({ address });
  try {
    const { executions } = await connection.workflowService.listWorkflowExecutions({
      namespace,
      pageSize: 1_000,
    });
    const runs = (executions ?? []).map(({ execution }) => execution ?? {});
    return await Promise.all(runs.map((execution) => keptOf(connection, namespace, execution)));
  } finally {
    await connection.close();
  }
}

interface Execution {
  readonly workflowId?: string | null;
  readonly runId?: string | null;
}

async function keptOf(connection: Connection, namespace: string, execution: Execution): Promise<KeptRun> {
  const request = { namespace, execution };
  const description = await connection.workflowService.describeWorkflowExecution(request);
  const { history } = await connection.workflowService.getWorkflowExecutionHistory(request);
  const events = history?.events ?? [];
  const parts = [
    ...events.map((event) => HistoryEvent.encode(event).finish()),
    DescribeWorkflowExecutionResponse.encode(description).finish(),
  ];
  const encodings = new Set<string>();
  collectEncodings({ events, description }, encodings);
  return {
    workflowId: execution.workflowId ?? '',
    inClear: [execution.workflowId, ...valuesOf(description)].join('\n'),
    text: parts.map((part) => Buffer.from(part).toString('utf8')).join('\n'),
    encodings,
  };
}

function valuesOf({
  workflowExecutionInfo,
}: temporal.api.workflowservice.v1.IDescribeWorkflowExecutionResponse) {
  const fields = Object.values(workflowExecutionInfo?.searchAttributes?.indexedFields ?? {});
  return fields.map(({ data }) => Buffer.from(data ?? []).toString());
}

/** The server's own text for an activity that was cancelled between two tries. */
const NOT_STARTED = '"ACTIVITY_ID_NOT_STARTED"';

function collectEncodings(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  const { metadata, data } = value as { metadata?: Record<string, unknown>; data?: unknown };
  const encoding = metadata?.['encoding'];
  if (ArrayBuffer.isView(data) && Buffer.from(data as Uint8Array).toString() === NOT_STARTED) return;
  if (ArrayBuffer.isView(encoding)) found.add(Buffer.from(encoding as Uint8Array).toString());
  for (const [name, inner] of Object.entries(value)) {
    if (name !== 'searchAttributes' && name !== 'header') collectEncodings(inner, found);
  }
}
