/** The operator's configuration file, `~/.config/carryover/config.toml`: addresses and tokens of installations, by name. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../../../domain/engine/configuration-error.js';
import { nearest } from '../nearest.js';
import { OUTPUT_FORMATS, type OutputFormat } from '../terminal/output.js';
import type { Terminal } from '../terminal/terminal.js';

export const PROFILE_KEYS = ['url', 'token', 'token_command', 'kind', 'output'] as const;
export type ProfileKey = (typeof PROFILE_KEYS)[number];

export interface Profile {
  readonly url?: string;
  readonly token?: string;
  /** A shell command that prints the token. */
  readonly token_command?: string;
  readonly kind?: string;
  readonly output?: OutputFormat;
}

export interface Config {
  /** The name of the profile in use. */
  readonly profile?: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

const EMPTY: Config = { profiles: {} };
const NAME = /^[\w.-]{1,64}$/;
/** The bits of a file's mode with which others may read or write it. */
const OTHERS = 0o077;

/** Where the file is, or would be; undefined for a user without a home. */
export function configFileOf(environment: Terminal['environment']): string | undefined {
  const home = environment['HOME'] || environment['USERPROFILE'];
  const folder = environment['XDG_CONFIG_HOME'] || (home ? join(home, '.config') : undefined);
  return folder === undefined ? undefined : join(folder, 'carryover', 'config.toml');
}

/** @throws ConfigurationError for a user without a home. */
export function configFile(environment: Terminal['environment']): string {
  const file = configFileOf(environment);
  if (file !== undefined) return file;
  throw new ConfigurationError([
    'There is no place for the configuration file: set HOME or XDG_CONFIG_HOME.',
  ]);
}

/** Whether others than its owner can read tokens in the file. */
export function isOpenToOthers(file: string, { profiles }: Config): boolean {
  const holdsToken = Object.values(profiles).some(({ token }) => token !== undefined);
  return holdsToken && (statSync(file).mode & OTHERS) !== 0;
}

/** Empty if there is no file. @throws ConfigurationError that names the file, and the line and key that are wrong. */
export async function readConfig(file: string): Promise<Config> {
  if (!existsSync(file)) return EMPTY;
  const text = readText(file);
  // Loaded on demand: without the file no command needs it.
  const { parse, TomlError } = await import('smol-toml');
  try {
    return checkedConfig(parse(text), (key, words) => problem(file, lineOf(text, key), `${key}: ${words}`));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [words = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw problem(file, error.line, words);
  }
}

/** Whether a profile may have the name, which stands in commands and as a key of TOML. */
export function isProfileName(name: string): boolean {
  return NAME.test(name);
}

/** The problem of a value for the key, in words; undefined if it may have it. */
export function problemOfValue(key: ProfileKey, value: string): string | undefined {
  if (value === '') return 'is empty.';
  if (key === 'output' && !OUTPUT_FORMATS.some((each) => each === value))
    return `"${value}" is not one of ${OUTPUT_FORMATS.join(', ')}.${nearest(value, OUTPUT_FORMATS)}`;
  if (key === 'url' && !(URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)))
    return `"${value}" is not an address: write http(s)://host:port.`;
  if (key === 'token' && !/^[\x21-\x7e]+$/.test(value))
    return 'is no token: it has spaces or other characters.';
  return undefined;
}

type Refuse = (key: string, words: string) => ConfigurationError;

/** Checked by hand: a library's check would take as long to load as a short command runs, and knows no lines. */
function checkedConfig(found: unknown, refuse: Refuse): Config {
  const { profile, profiles = {}, ...others } = found as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw refuse(
      other,
      `is unknown.${nearest(other, ['profile', 'profiles'])} Remove it, or correct its name.`,
    );
  if (profile !== undefined && typeof profile !== 'string')
    throw refuse('profile', 'must be the name of a profile, in quotes.');
  if (!isTable(profiles)) throw refuse('profiles', 'must be a table: [profiles.NAME].');
  const checked = Object.entries(profiles).map(([name, each]) => [name, checkedProfile(name, each, refuse)]);
  if (profile !== undefined && !Object.hasOwn(profiles, profile))
    throw refuse('profile', `there is no [profiles.${profile}].${nearest(profile, Object.keys(profiles))}`);
  return {
    ...(profile === undefined ? {} : { profile }),
    profiles: Object.fromEntries(checked) as Config['profiles'],
  };
}

function checkedProfile(name: string, found: unknown, refuse: Refuse): Profile {
  const path = `profiles.${name}`;
  if (!isProfileName(name)) throw refuse(path, 'its name may have letters, digits, ".", "_" and "-" only.');
  if (!isTable(found)) throw refuse(path, `must be a table: [${path}].`);
  for (const [key, value] of Object.entries(found)) {
    const known = PROFILE_KEYS.find((each) => each === key);
    if (known === undefined)
      throw refuse(
        `${path}.${key}`,
        `is unknown.${nearest(key, PROFILE_KEYS)} It may have ${PROFILE_KEYS.join(', ')}.`,
      );
    if (typeof value !== 'string') throw refuse(`${path}.${key}`, 'must be a text, in quotes.');
    const wrong = problemOfValue(known, value);
    if (wrong !== undefined) throw refuse(`${path}.${key}`, wrong);
  }
  if ('token' in found && 'token_command' in found)
    throw refuse(`${path}.token_command`, 'is set, and so is token. Keep one of them.');
  return found;
}

function isTable(found: unknown): found is Record<string, unknown> {
  return typeof found === 'object' && found !== null && !Array.isArray(found);
}

/** The line where the key stands; undefined where it is written in another form. */
function lineOf(text: string, path: string): number | undefined {
  const parts = path.split('.');
  const key = parts.at(-1) ?? '';
  const header = parts.length > 2 ? `[${parts.slice(0, -1).join('.')}]` : undefined;
  const lines = text.split('\n').map((line) => line.trim());
  const from = header === undefined ? 0 : lines.indexOf(header) + 1;
  const at = lines.findIndex(
    (line, index) =>
      index >= from && (line === `[${path}]` || /^[\w"'-]+/.exec(line)?.[0].replaceAll(/["']/g, '') === key),
  );
  return at < 0 ? undefined : at + 1;
}

function problem(file: string, line: number | undefined, words: string): ConfigurationError {
  return new ConfigurationError([`${file}${line === undefined ? '' : `:${line}`}: ${words}`]);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError([
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Check its mode.`,
    ]);
  }
}
