/**
 * Starts migrations at once, as a process, each by its own request over its own connection. Its argument is a Starts; it sends a StartsResult to
 * its parent and ends.
 *
 * It writes HTTP itself: `fetch` takes 2 ms of CPU for each request, more than the API, and would share two cores with what is measured.
 */
import { connect } from 'node:net';
import { scriptArgument } from '../world/child.js';

export interface Starts {
  readonly url: string;
  readonly token: string;
  readonly accountIds: readonly string[];
}

export interface StartsResult {
  /** Milliseconds from the first request to the end of each answer. */
  readonly waits: readonly number[];
  /** Answers other than 202, and broken connections. */
  readonly errors: readonly string[];
}

const { url, token, accountIds } = await scriptArgument<Starts>();
const { hostname, port, host } = new URL(url);
const errors: string[] = [];
const begun = performance.now();
const waits = await Promise.all(
  accountIds.map(async (accountId) => {
    const answer = await answerTo(requestOf(accountId)).catch(String);
    if (!answer.startsWith('HTTP/1.1 202 ')) errors.push(answer);
    return performance.now() - begun;
  }),
);
process.send?.({ waits, errors } satisfies StartsResult);
process.disconnect?.();

function requestOf(accountId: string): string {
  const body = JSON.stringify({ account_id: accountId });
  return [
    'POST /v2/start-migration HTTP/1.1',
    `host: ${host}`,
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

/** The whole answer, which ends with its connection. */
function answerTo(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    connect(Number(port), hostname)
      .setEncoding('utf8')
      .on('data', (text: string) => (answer += text))
      .on('end', () => resolve(answer))
      .on('error', reject)
      .write(request);
  });
}
