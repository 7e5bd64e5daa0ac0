import { confirm } from '../terminal/confirm.js';
import type { OutputFormat, Printer } from '../terminal/output.js';
import { table } from '../terminal/table.js';
import { CommandError, EXIT, print, say, type Terminal } from '../terminal/terminal.js';
import { profileIn } from './choose.js';
import {
  type Config,
  configFile,
  isProfileName,
  type Profile,
  type ProfileKey,
  problemOfValue,
  readConfig,
} from './config.js';
import { changeConfig } from './write-config.js';

export interface ProfileSet {
  readonly url?: string;
  readonly token?: string;
  readonly kind?: string;
  readonly tokenStdin?: boolean;
  readonly tokenCommand?: string;
  readonly defaultOutput?: OutputFormat;
  readonly unset?: ProfileKey;
}

/** The printed fields of a profile. Of its token only the origin is shown. */
function shown(
  name: string,
  { profile }: Config,
  { url, token, token_command: command, kind, output }: Profile,
) {
  return {
    name,
    in_use: name === profile,
    url: url ?? null,
    token: token !== undefined ? 'in the file' : command === undefined ? null : `from: ${command}`,
    kind: kind ?? null,
    output: output ?? null,
  };
}

function tableOf(profiles: readonly ReturnType<typeof shown>[], width: number | undefined): string[] {
  const rows = profiles.map(({ name, in_use: used, url, token, kind, output }) => [
    used ? '*' : '',
    name,
    url ?? '',
    token ?? '',
    kind ?? '',
    output ?? '',
  ]);
  return table(['', 'PROFILE', 'URL', 'TOKEN', 'KIND', 'OUTPUT'], rows, width);
}

export async function listProfiles(printer: Printer, { environment }: Terminal): Promise<void> {
  const config = await readConfig(configFile(environment));
  const profiles = Object.entries(config.profiles).map(([name, profile]) => shown(name, config, profile));
  await printer.show(profiles, () =>
    profiles.length === 0
      ? ['There is no profile yet. Create one with: carryover profile set NAME --url URL']
      : tableOf(profiles, printer.width),
  );
}

export async function showProfile(
  name: string | undefined,
  printer: Printer,
  { environment }: Terminal,
): Promise<void> {
  const file = configFile(environment);
  const config = await readConfig(file);
  const chosen = name ?? config.profile;
  if (chosen === undefined)
    throw new CommandError('No profile is in use. Choose one with: carryover profile use NAME', EXIT.usage);
  const profile = shown(chosen, config, profileIn(config, chosen, file));
  await printer.show(profile, () => tableOf([profile], printer.width));
}

export async function useProfile(name: string, { environment, clock, out }: Terminal): Promise<void> {
  const file = configFile(environment);
  profileIn(await readConfig(file), name, file);
  await changeConfig(file, clock, (config) => {
    profileIn(config, name, file);
    return { ...config, profile: name };
  });
  print(out, `Commands use the profile ${name} from now on.`);
}

/** Creates or changes a profile. The first one is in use from then on. */
export async function setProfile(name: string, given: ProfileSet, terminal: Terminal): Promise<void> {
  if (!isProfileName(name))
    throw new CommandError(
      `"${name}" is no name for a profile: use letters, digits, ".", "_" and "-", at most 64.`,
      EXIT.usage,
    );
  const { environment, clock, out } = terminal;
  const values: Profile = given.tokenStdin ? { token: await tokenFrom(terminal) } : valuesOf(given);
  const all = { ...valuesOf(given), ...values };
  for (const [key, value] of Object.entries(all)) {
    const wrong = problemOfValue(key as ProfileKey, value);
    if (wrong !== undefined) throw new CommandError(`${key} ${wrong}`, EXIT.usage);
  }
  if (all.token !== undefined && all.token_command !== undefined)
    throw new CommandError('Give a token or --token-command, not both.', EXIT.usage);
  if (Object.keys(all).length === 0 && given.unset === undefined)
    throw new CommandError(
      'Say what to set: --url, --token-stdin, --token-command, --kind, --default-output or --unset.',
      EXIT.usage,
    );
  const file = configFile(environment);
  await changeConfig(file, clock, (config) => {
    const isFirst = Object.keys(config.profiles).length === 0;
    const inUse = config.profile ?? (isFirst ? name : undefined);
    const profile = merged(config.profiles[name] ?? {}, all, given.unset);
    return {
      ...(inUse === undefined ? {} : { profile: inUse }),
      profiles: { ...config.profiles, [name]: profile },
    };
  });
  say(out, `The profile ${name} is in ${file}.`);
}

function valuesOf({ url, token, kind, tokenCommand, defaultOutput }: ProfileSet): Profile {
  return {
    ...(url === undefined ? {} : { url }),
    ...(token === undefined ? {} : { token }),
    ...(tokenCommand === undefined ? {} : { token_command: tokenCommand }),
    ...(kind === undefined ? {} : { kind }),
    ...(defaultOutput === undefined ? {} : { output: defaultOutput }),
  };
}

/** A token takes the place of a token command, and the other way round. */
function merged(before: Profile, given: Profile, unset: ProfileKey | undefined): Profile {
  const { token, token_command: command, ...rest } = before;
  const secret =
    given.token !== undefined || given.token_command !== undefined
      ? {}
      : {
          ...(token === undefined ? {} : { token }),
          ...(command === undefined ? {} : { token_command: command }),
        };
  const all = { ...rest, ...secret, ...given };
  return Object.fromEntries(Object.entries(all).filter(([key]) => key !== unset));
}

async function tokenFrom({ input }: Terminal): Promise<string> {
  let text = '';
  for await (const chunk of input ?? []) text += String(chunk);
  if (text.trim() !== '') return text.trim();
  throw new CommandError('Standard input has no token. Give it like this: --token-stdin < FILE', EXIT.usage);
}

export async function removeProfile(name: string, yes: boolean, terminal: Terminal): Promise<void> {
  const { environment, clock, out } = terminal;
  const file = configFile(environment);
  profileIn(await readConfig(file), name, file);
  await confirm(`This removes the profile ${name} and its token from ${file}.`, yes, terminal);
  await changeConfig(file, clock, ({ profile, profiles }) => ({
    ...(profile === undefined || profile === name ? {} : { profile }),
    profiles: Object.fromEntries(Object.entries(profiles).filter(([each]) => each !== name)),
  }));
  print(out, `The profile ${name} is removed.`);
}
