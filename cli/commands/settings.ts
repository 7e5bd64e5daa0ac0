import { ConfigurationError } from '../../domain/configuration-error.js';
import { ApiClient } from './api-client.js';
import type { Terminal } from './terminal.js';

export interface ConnectionOptions {
  readonly url?: string;
  readonly token?: string;
}

export const DEFAULT_URL = 'http://127.0.0.1:3000';

/**
 * The API that the options name, or else CARRYOVER_URL and CARRYOVER_TOKEN.
 *
 * @throws ConfigurationError when there is no token, or the address is none.
 */
export function connect(options: ConnectionOptions, { environment, signal }: Terminal): ApiClient {
  const url = options.url ?? set(environment['CARRYOVER_URL']) ?? DEFAULT_URL;
  const token = options.token ?? set(environment['CARRYOVER_TOKEN']);
  const problems: string[] = [];
  if (!/^https?:\/\/[^/]+/.test(url) || !URL.canParse(url)) {
    problems.push(`"${url}" is no address of an API: --url or CARRYOVER_URL is http(s)://host:port.`);
  }
  if (token === undefined) {
    problems.push(
      'There is no token: give --token or CARRYOVER_TOKEN. "carryover token --role operator --sub NAME" makes one.',
    );
  }
  if (token === undefined || problems.length > 0) throw new ConfigurationError(problems);
  return new ApiClient({ url, token: token.trim(), signal });
}

function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
