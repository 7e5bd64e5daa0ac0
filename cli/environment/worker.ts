import { type Static, Type } from 'typebox';
import { QUEUE_NAMES, type QueueName } from '../../domain/engine/ids.js';
import { parseAttachmentHosts } from '../../gateways/download/hosts.js';
import { parseObjectLocation } from '../../gateways/objects/location.js';
import { Alerts, alertsRules } from './alerts.js';
import { Common, commonRules } from './common.js';
import { InboxWork } from './inbox.js';
import { SlackWebhook, Versioning } from './operator.js';
import { Bearer, type Environment, readable, readEnvironment, type Rule, Text, Url, Whole } from './read.js';

/** Where the source's tables are. */
export const SourceVariables = {
  CONVERSATIONS_THREADS_TABLE: Type.String({
    minLength: 1,
    default: 'threads',
    description: 'the name of the table of threads',
  }),
  CONVERSATIONS_MESSAGES_TABLE: Type.String({
    minLength: 1,
    default: 'messages',
    description: 'the name of the table of messages',
  }),
  CONVERSATIONS_ROLE_ARN: Type.Optional(
    Type.String({
      pattern: '^arn:[^:]+:iam::[^:]*:role/.+',
      description: 'the role to assume, arn:aws:iam::…:role/…',
    }),
  ),
  CONVERSATIONS_STREAMS: Type.Union([Type.Literal('auto'), Type.Literal('off')], {
    default: 'auto',
    description:
      'auto follows changes at the source by the streams of its tables, if they have any; off does not read streams',
  }),
  AWS_REGION: Type.Optional(Text('the region of the source tables')),
  DYNAMODB_ENDPOINT: Type.Optional(Url('a local DynamoDB, http(s)://…')),
};

export const CarrierVariables = {
  CARRIER_API_URL: Url("the carrier's API, http(s)://…"),
  CARRIER_API_TOKEN: Bearer("the token for the carrier's API"),
};

export const AttachmentsUrl = Type.String({
  pattern: '^(file:///|s3://[^/]+).*',
  description: 'where attachments are stored, file:///folder or s3://bucket/prefix',
});

/** The variables of the worker. */
export const Worker = Type.Object({
  ...Common.properties,
  ...Versioning.properties,
  ...SourceVariables,
  AWS_ENDPOINT_URL_S3: Type.Optional(Url('an S3-compatible server, http(s)://…')),
  AWS_ENDPOINT_URL: Type.Optional(Url('a server in place of all AWS services, http(s)://…')),
  ...CarrierVariables,
  PUBLIC_URL: Url('the address at which the carrier reaches the API, http(s)://…'),
  PORTING_POLL_SECONDS: Whole(
    'seconds, 1 to 86400, after which a port order without a callback is first polled',
    1,
    86_400,
    300,
  ),
  ATTACHMENTS_URL: AttachmentsUrl,
  ATTACHMENT_HOSTS: Type.String({
    default: '',
    description: 'hosts that attachments may come from, separated by commas',
  }),
  REPORT_SLACK_WEBHOOK_URL: Type.Optional(SlackWebhook),
  ...Alerts.properties,
  STORE_COMMIT_BUDGET_MS: Whole(
    'milliseconds, 0 to 60000, that a small commit may take while others use the store; imports write less if it takes longer',
    0,
    60_000,
    50,
  ),
  STORE_REPLICA_LAG_BUDGET_SECONDS: Whole(
    'seconds, 0 to 86400, that a replica of the store may be behind before imports write less',
    0,
    86_400,
    10,
  ),
  ...InboxWork,
  WORKER_QUEUES: Type.String({
    default: QUEUE_NAMES.join(','),
    description: `the task queues to serve, separated by commas: ${QUEUE_NAMES.join(', ')}`,
  }),
  METRICS_HOST: Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'the address to serve metrics and readiness on',
  }),
  METRICS_PORT: Type.Optional(
    Whole('the port of the worker’s Prometheus metrics, 0 for a free one', 0, 65_535),
  ),
});
export type WorkerEnvironment = Static<typeof Worker>;

const rules: readonly Rule<WorkerEnvironment>[] = [
  ...commonRules,
  ...alertsRules,
  ({ isSet }) =>
    isSet('DYNAMODB_ENDPOINT') && !isSet('AWS_REGION')
      ? ['AWS_REGION is missing: a local DynamoDB needs one too, with any value.']
      : [],
  readable('ATTACHMENTS_URL', parseObjectLocation),
  readable('ATTACHMENT_HOSTS', parseAttachmentHosts),
  readable('WORKER_QUEUES', workerQueues),
];

/** The queues of WORKER_QUEUES. Throws an Error that names the unknown ones. */
export function workerQueues(text: string): readonly QueueName[] {
  const names = text.split(',').flatMap((part) => part.trim() || []);
  const unknown = names.filter((name) => !isQueue(name));
  const all = QUEUE_NAMES.join(', ');
  if (unknown.length > 0) throw new Error(`there is no queue ${unknown.join(', ')}. The queues are ${all}.`);
  if (names.length === 0) throw new Error(`it names no queue. The queues are ${all}.`);
  return QUEUE_NAMES.filter((name) => names.includes(name));
}

function isQueue(name: string): name is QueueName {
  return QUEUE_NAMES.some((each) => each === name);
}

/** @throws ConfigurationError that lists every missing or wrong variable. */
export function readWorkerEnvironment(environment: Environment): WorkerEnvironment {
  return readEnvironment(Worker, environment, rules);
}
