import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import { ApiClient } from './api-client.js';
import { runningDemo } from '../demo.js';
import { print, type Terminal } from './terminal.js';

export interface ConnectionOptions {
  readonly url?: string;
  readonly token?: string;
}

export const DEFAULT_URL = 'http://127.0.0.1:3000';

/**
 * Connects to the API that the options name, else to that of CARRYOVER_URL and CARRYOVER_TOKEN, else to a running `npm start`. The address
 * may have a path prefix, as behind a proxy.
 *
 * @throws ConfigurationError if there is no token, or the address is invalid.
 */
export function connect(options: ConnectionOptions, terminal: Terminal): ApiClient {
  const { environment, signal, clock } = terminal;
  const given = options.url ?? set(environment['CARRYOVER_URL']);
  const demo = given === undefined && terminal.demoFolder ? runningDemo(terminal.demoFolder) : undefined;
  if (demo) print(terminal.error, `CARRYOVER_URL is not set: using the demo of npm start at ${demo.url}.`);
  const url = given ?? demo?.url ?? DEFAULT_URL;
  const token = options.token ?? set(environment['CARRYOVER_TOKEN']) ?? demo?.token;
  const problems: string[] = [];
  if (!/^https?:\/\/[^/?#]+(\/[^?#]*)?$/.test(url) || !URL.canParse(url)) {
    problems.push(
      `"${url}" is not the address of an API: --url or CARRYOVER_URL must be http(s)://host:port, with a path if the API has one.`,
    );
  }
  if (token === undefined) {
    problems.push(
      'There is no token: give --token or CARRYOVER_TOKEN. "carryover token --role operator --sub NAME" creates one.',
    );
  }
  if (token === undefined || problems.length > 0) throw new ConfigurationError(problems);
  return new ApiClient({ url, token: token.trim(), signal, clock });
}

function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
