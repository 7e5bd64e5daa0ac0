import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

/** As it would for a table, the SDK asks three times; a person may wait for what comes after. */
const ANSWER_TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/** Credentials of a role that is assumed at the first request, and again when they run out. */
export function assumedRole(roleArn: string, region: string | undefined) {
  return fromTemporaryCredentials({
    params: { RoleArn: roleArn, RoleSessionName: 'carryover' },
    clientConfig: { ...(region === undefined ? {} : { region }), requestHandler: ANSWER_TIMEOUTS },
  });
}
