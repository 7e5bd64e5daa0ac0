import { Type } from 'typebox';
import { JwtSecret } from './access.js';
import { type Environment, readEnvironment, Url } from './read.js';

/** What single commands of the operator's command line need, beside the API's address and a token. */
const Token = Type.Object({ AUTH_JWT_SECRET: JwtSecret });

export const SlackWebhook = Url("Slack's incoming webhook for reports, http(s)://…");
const Slack = Type.Object({ REPORT_SLACK_WEBHOOK_URL: SlackWebhook });

const Store = Type.Object({
  DATABASE_URL: Url('the store, postgresql://user:password@host:port/database', 'postgres(ql)?'),
});

/** @throws ConfigurationError where there is no secret to sign with. */
export function readTokenSecret(environment: Environment): string {
  return readEnvironment(Token, environment).AUTH_JWT_SECRET;
}

/** @throws ConfigurationError when there is nowhere to send reports to. */
export function readSlackWebhook(environment: Environment): string {
  return readEnvironment(Slack, environment).REPORT_SLACK_WEBHOOK_URL;
}

/** @throws ConfigurationError when there is no store, or its address is none. */
export function readDatabaseUrl(environment: Environment): string {
  return readEnvironment(Store, environment).DATABASE_URL;
}
