import { nearest } from '../nearest.js';
import { CommandError, EXIT, print, type Terminal } from '../terminal/terminal.js';
import { type Config, configFile, configFileOf, isOpenToOthers, type Profile, readConfig } from './config.js';

/** The profile that a command runs with. */
export interface ChosenProfile extends Profile {
  readonly name?: string;
}

/** The profile that `--profile` or CARRYOVER_PROFILE names, else the one in use. Empty without any. @throws CommandError for an unknown one. */
export async function chooseProfile(named: string | undefined, terminal: Terminal): Promise<ChosenProfile> {
  const wished = named ?? (terminal.environment['CARRYOVER_PROFILE']?.trim() || undefined);
  const file = wished === undefined ? configFileOf(terminal.environment) : configFile(terminal.environment);
  if (file === undefined) return {};
  const config = await readConfig(file);
  const name = wished ?? config.profile;
  if (name === undefined) return {};
  if (isOpenToOthers(file, config))
    print(terminal.error, `${file} holds a token, and others may read it. Run: chmod 600 ${file}`);
  return { name, ...profileIn(config, name, file) };
}

/** @throws CommandError for an unknown name. */
export function profileIn({ profiles }: Config, name: string, file: string): Profile {
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(profiles);
  const have = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  throw new CommandError(
    `There is no profile "${name}" in ${file}: ${have}.${nearest(name, known)} Create it with: carryover profile set ${name} --url URL`,
    EXIT.usage,
  );
}
