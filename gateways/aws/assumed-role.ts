import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { ANSWER_TIMEOUTS } from './timeouts.js';

/** Credentials of a role that is assumed at the first request, and again when they run out. */
export function assumedRole(roleArn: string, region: string | undefined) {
  return fromTemporaryCredentials({
    params: { RoleArn: roleArn, RoleSessionName: 'carryover' },
    clientConfig: { ...(region === undefined ? {} : { region }), requestHandler: ANSWER_TIMEOUTS },
  });
}
