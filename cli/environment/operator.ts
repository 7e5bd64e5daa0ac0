import { Type } from 'typebox';
import { JwtSecret } from './access.js';
import { type Environment, readEnvironment, Url } from './read.js';

/** The variables that single commands of the operator's command line need. */
const Token = Type.Object({ AUTH_JWT_SECRET: JwtSecret });

export const SlackWebhook = Url("Slack's incoming webhook for reports and alerts, http(s)://…");
const Slack = Type.Object({ REPORT_SLACK_WEBHOOK_URL: SlackWebhook });

export const Versioning = Type.Object({
  WORKER_DEPLOYMENT: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$',
      description:
        'the name under which Temporal keeps the versions of the workers: letters, digits, _ and -, up to 64',
    }),
  ),
});
const NeededVersioning = Type.Required(Versioning);

const Store = Type.Object({
  DATABASE_URL: Url('the store, postgresql://user:password@host:port/database', 'postgres(ql)?'),
});

/** @throws ConfigurationError if the secret is missing or too short. */
export function readTokenSecret(environment: Environment): string {
  return readEnvironment(Token, environment).AUTH_JWT_SECRET;
}

/** @throws ConfigurationError if the webhook is missing or no URL. */
export function readSlackWebhook(environment: Environment): string {
  return readEnvironment(Slack, environment).REPORT_SLACK_WEBHOOK_URL;
}

/** @throws ConfigurationError if the store's address is missing or invalid. */
export function readDatabaseUrl(environment: Environment): string {
  return readEnvironment(Store, environment).DATABASE_URL;
}

/** @throws ConfigurationError if the deployment is missing or its name is wrong. */
export function readDeploymentName(environment: Environment): string {
  return readEnvironment(NeededVersioning, environment).WORKER_DEPLOYMENT;
}
