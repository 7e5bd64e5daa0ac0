import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import { ApiClient, type ApiClientOptions } from './api/client.js';
import { runningDemo } from '../demo.js';
import type { ChosenProfile } from './profiles/choose.js';
import { print, type Terminal } from './terminal/terminal.js';

export interface ConnectionOptions {
  readonly url?: string;
  readonly token?: string;
}

export const DEFAULT_URL = 'http://127.0.0.1:3000';

/**
 * Connects to the API that the options name, else to that of CARRYOVER_URL and CARRYOVER_TOKEN, else to the profile's, else to a running
 * `npm start`. A profile's token goes to the profile's address alone. The address may have a path prefix, as behind a proxy.
 *
 * @throws ConfigurationError if there is no token, or the address is invalid.
 */
export function connect(options: ConnectionOptions, profile: ChosenProfile, terminal: Terminal): ApiClient {
  const { environment, signal, clock } = terminal;
  const { url, demo } = addressOf(options, profile, terminal);
  const isProfiles = url === (profile.url ?? DEFAULT_URL);
  const token =
    options.token ??
    set(environment['CARRYOVER_TOKEN']) ??
    (isProfiles ? tokenOf(profile, signal) : undefined) ??
    demo?.token;
  const problems = problemsOf(url);
  if (token === undefined) problems.push(noToken(url, isProfiles, profile));
  if (token === undefined || problems.length > 0) throw new ConfigurationError(problems);
  return new ApiClient({ url, token: typeof token === 'string' ? token.trim() : token, signal, clock });
}

/**
 * Connects to the same address with other headers in place of a token.
 *
 * @throws ConfigurationError if the address is invalid.
 */
export function connectWith(
  given: Pick<ApiClientOptions, 'headers' | 'nextSteps'>,
  options: ConnectionOptions,
  profile: ChosenProfile,
  terminal: Terminal,
): ApiClient {
  const { url } = addressOf(options, profile, terminal);
  const problems = problemsOf(url);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return new ApiClient({ ...given, url, signal: terminal.signal, clock: terminal.clock });
}

function addressOf(options: ConnectionOptions, profile: ChosenProfile, terminal: Terminal) {
  const given = options.url ?? set(terminal.environment['CARRYOVER_URL']) ?? profile.url;
  const demo = given === undefined && terminal.demoFolder ? runningDemo(terminal.demoFolder) : undefined;
  if (demo) print(terminal.error, `CARRYOVER_URL is not set: using the demo of npm start at ${demo.url}.`);
  return { url: given ?? demo?.url ?? DEFAULT_URL, demo };
}

function problemsOf(url: string): string[] {
  if (/^https?:\/\/[^/?#]+(\/[^?#]*)?$/.test(url) && URL.canParse(url)) return [];
  return [
    `"${url}" is not the address of an API: --url, CARRYOVER_URL or the profile's url must be http(s)://host:port, with a path if the API has one.`,
  ];
}

function noToken(url: string, isProfiles: boolean, profile: ChosenProfile): string {
  const how =
    'There is no token: give --token or CARRYOVER_TOKEN. "carryover token --role operator --sub NAME" creates one.';
  const kept = profile.token !== undefined || profile.token_command !== undefined;
  return kept && !isProfiles
    ? `${how} The token of the profile ${profile.name} is not sent to ${url}: it is for ${profile.url ?? DEFAULT_URL}.`
    : how;
}

/** The profile's token. What prints it runs with the first request, and once. */
function tokenOf(
  { name = '', token, token_command: command }: ChosenProfile,
  signal: AbortSignal,
): string | (() => Promise<string>) | undefined {
  if (command === undefined) return token;
  let printed: Promise<string> | undefined;
  const run = async () => {
    const { runTokenCommand } = await import('./profiles/token-command.js');
    return runTokenCommand(command, name, signal);
  };
  return () => (printed ??= run());
}

function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
