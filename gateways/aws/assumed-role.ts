import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { ANSWER_TIMEOUTS } from './timeouts.js';

/** Assumes the role at the first request, and again when its credentials expire. */
export function assumedRole(roleArn: string, region: string | undefined) {
  return fromTemporaryCredentials({
    params: { RoleArn: roleArn, RoleSessionName: 'carryover' },
    clientConfig: { ...(region === undefined ? {} : { region }), requestHandler: ANSWER_TIMEOUTS },
  });
}
