/**
 * The environment is read here and nowhere else, once, when a process begins. What is lacking or wrong is told in one go,
 * every variable by name, and the process ends with status 78 before it has done anything.
 */

import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type PayloadKeys, parsePayloadKeys } from '../gateways/temporal/encryption/keys.js';

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const Text = (what: string) => Type.String({ minLength: 1, description: what });
/** What a header can carry. */
const Bearer = (what: string) => Type.String({ pattern: '^[\\x21-\\x7e]+$', description: what });
const Url = (what: string, protocols = 'https?') =>
  Type.Refine(Type.String({ pattern: `^${protocols}://.+`, description: what }), URL.canParse);
const Whole = (what: string, minimum: number, maximum: number) =>
  Type.Integer({ minimum, maximum, description: what });

const Common = Type.Object({
  DATABASE_URL: Url('the store, postgresql://user:password@host:port/database', 'postgres(ql)?'),
  CONVERSATIONS_API_URL: Url("Conversations' API, http(s)://…"),
  CONVERSATIONS_API_TOKEN: Bearer("the token for Conversations' API"),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'one of fatal, error, warn, info, debug, trace, silent' },
  ),
  PAYLOAD_ENCRYPTION_KEY: Type.Optional(
    Text(
      'the key that payloads in Temporal are encrypted with, <id>:<base64 of 32 bytes>, several separated by spaces',
    ),
  ),
  RECENT_DAYS: Type.Integer({
    minimum: 0,
    maximum: 36_500,
    default: 30,
    description: "whole days, how far back 'recent' reaches",
  }),
});

const Api = Type.Interface([Common], {
  CARRIER_WEBHOOK_SECRET: Type.String({
    pattern: '^whsec_[A-Za-z0-9+/=_-]+(\\s+whsec_[A-Za-z0-9+/=_-]+)*$',
    description: "the carrier's signing secrets, whsec_<base64>, several separated by spaces",
  }),
  AUTH_JWT_SECRET: Type.Optional(Text('the secret that HS256 tokens are signed with')),
  AUTH_JWKS_URL: Type.Optional(Url('where the keys of the token issuer are, http(s)://…')),
  AUTH_ISSUER: Type.Optional(Text('the issuer that tokens must name')),
  AUTH_AUDIENCE: Type.Optional(Text('the audience that tokens must name')),
  TEMPORAL_UI_URL: Type.Optional(Url("Temporal's Web UI, http(s)://…")),
  MIGRATION_RESET_ALLOWED: Type.Union([Type.Literal('true'), Type.Literal('false')], {
    default: 'false',
    description: 'true or false',
  }),
  HOST: Type.String({ minLength: 1, default: '127.0.0.1', description: 'the address to listen on' }),
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 3000,
    description: 'the port to listen on, 0 for a free one',
  }),
});
export type ApiEnvironment = Static<typeof Api>;

const Worker = Type.Interface([Common], {
  CONVERSATIONS_THREADS_TABLE: Type.String({
    minLength: 1,
    default: 'threads',
    description: "the threads' table",
  }),
  CONVERSATIONS_MESSAGES_TABLE: Type.String({
    minLength: 1,
    default: 'messages',
    description: "the messages' table",
  }),
  CONVERSATIONS_ROLE_ARN: Type.Optional(
    Type.String({
      pattern: '^arn:[^:]+:iam::[^:]*:role/.+',
      description: 'the role to assume, arn:aws:iam::…:role/…',
    }),
  ),
  AWS_REGION: Type.Optional(Text('the region of the source tables')),
  DYNAMODB_ENDPOINT: Type.Optional(Url('a local DynamoDB, http(s)://…')),
  AWS_ENDPOINT_URL_S3: Type.Optional(Url('another server that speaks S3, http(s)://…')),
  AWS_ENDPOINT_URL: Type.Optional(Url("another server for all of AWS's services, http(s)://…")),
  CARRIER_API_URL: Url("the carrier's API, http(s)://…"),
  CARRIER_API_TOKEN: Bearer("the token for the carrier's API"),
  PUBLIC_URL: Url('where the carrier reaches this API, http(s)://…'),
  PORTING_POLL_SECONDS: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    default: 300,
    description: 'seconds, 1 to 86400, until a silent port order is first asked for',
  }),
  ATTACHMENTS_URL: Type.String({
    pattern: '^(file:///|s3://[^/]+).*',
    description: 'where attachments go, file:///folder or s3://bucket/prefix',
  }),
  ATTACHMENT_HOSTS: Type.String({
    default: '',
    description: 'hosts that attachments may come from, separated by commas',
  }),
  REPORT_SLACK_WEBHOOK_URL: Type.Optional(Url("Slack's incoming webhook for reports, http(s)://…")),
  STORE_COMMIT_BUDGET_MS: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    default: 50,
    description:
      'milliseconds, 0 to 60000, that a small commit may take while others use the store; imports write less when it takes longer',
  }),
  STORE_REPLICA_LAG_BUDGET_SECONDS: Type.Integer({
    minimum: 0,
    maximum: 86_400,
    default: 10,
    description: 'seconds, 0 to 86400, that a replica of the store may be behind before imports write less',
  }),
  METRICS_PORT: Type.Optional(Whole('where the worker shows Prometheus metrics', 0, 65_535)),
});
export type WorkerEnvironment = Static<typeof Worker>;

const Slack = Type.Object({
  REPORT_SLACK_WEBHOOK_URL: Url("Slack's incoming webhook for reports, http(s)://…"),
});

const Token = Type.Object({ AUTH_JWT_SECRET: Text('the secret that HS256 tokens are signed with') });

/** @throws ConfigurationError naming every variable that is lacking or wrong. */
export function readApiEnvironment(environment: Environment): ApiEnvironment {
  const parsed = parse(Api, environment);
  if (parsed.AUTH_JWT_SECRET === undefined && parsed.AUTH_JWKS_URL === undefined) {
    throw new ConfigurationError([
      'AUTH_JWT_SECRET or AUTH_JWKS_URL is missing: one of them tells whose tokens are accepted.',
    ]);
  }
  return parsed;
}

/** @throws ConfigurationError naming every variable that is lacking or wrong. */
export function readWorkerEnvironment(environment: Environment): WorkerEnvironment {
  const parsed = parse(Worker, environment);
  if (parsed.DYNAMODB_ENDPOINT !== undefined && parsed.AWS_REGION === undefined) {
    throw new ConfigurationError([
      'AWS_REGION is missing: a local DynamoDB needs one too, any word will do.',
    ]);
  }
  return parsed;
}

export function readTokenSecret(environment: Environment): string {
  return parse(Token, environment).AUTH_JWT_SECRET;
}

/** @throws ConfigurationError when there is nowhere to send reports to. */
export function readSlackWebhook(environment: Environment): string {
  return parse(Slack, environment).REPORT_SLACK_WEBHOOK_URL;
}

function parse<Schema extends TSchema>(schema: Schema, environment: Environment): Static<Schema> {
  const properties = (schema as unknown as { properties: Record<string, TSchema & { description: string }> })
    .properties;
  // A variable that is set to nothing is not set.
  const given = Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) => {
      const text = environment[name]?.trim();
      if (text === undefined || text === '') return [];
      return [[name, Type.IsInteger(property) && /^\d+$/.test(text) ? Number(text) : text]];
    }),
  );
  const values = Value.Default(schema, given) as Record<string, unknown>;
  if (Value.Check(schema, values)) return values;
  const problems = Object.entries(properties).flatMap(([name, property]) => {
    const value = values[name];
    if (value === undefined)
      return requiredBy(schema, name) ? [`${name} is missing: ${property.description}.`] : [];
    return Value.Check(property, value) ? [] : [`${name} is wrong: it must be ${property.description}.`];
  });
  throw new ConfigurationError(problems);
}

function requiredBy(schema: TSchema, name: string): boolean {
  return (schema as unknown as { required?: string[] }).required?.includes(name) ?? false;
}

/** What a gateway finds wrong with its options was wrong in the environment: `which` names the variable, as in "X is". */
export function configured<Made>(which: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw new ConfigurationError([
      `${which} wrong: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}

/** The keys of PAYLOAD_ENCRYPTION_KEY, where it is set. @throws ConfigurationError saying what is wrong with it. */
export function payloadKeysOf({
  PAYLOAD_ENCRYPTION_KEY: text,
}: Static<typeof Common>): PayloadKeys | undefined {
  return text === undefined
    ? undefined
    : configured('PAYLOAD_ENCRYPTION_KEY is', () => parsePayloadKeys(text));
}
