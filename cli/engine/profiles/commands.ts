import { Option } from 'commander';
import type { CommandLine } from '../command-line.js';
import { withExamples } from '../help.js';
import { OUTPUT_FORMATS, printable, type Printing } from '../terminal/output.js';
import { PROFILE_KEYS } from './config.js';
import type { ProfileSet } from './edit.js';

/** The commands for the operator's configuration file. They do not ask the API. */
export function addProfiles({ root, terminal, printer }: CommandLine): void {
  const profile = root
    .command('profile')
    .description('name installations, with their address and token, in ~/.config/carryover/config.toml');
  const loaded = () => import('./edit.js');
  withExamples(
    printable(profile.command('list').description('list the profiles; * marks the one in use')),
    'profile list',
  ).action(async (options: Printing) => (await loaded()).listProfiles(printer(options), terminal));
  withExamples(
    printable(
      profile
        .command('show [name]')
        .description('show a profile, by default the one in use; never its token'),
    ),
    'profile show staging',
  ).action(async (name: string | undefined, options: Printing) =>
    (await loaded()).showProfile(name, printer(options), terminal),
  );
  withExamples(
    profile.command('use <name>').description('use a profile in all commands that name no other'),
    'profile use staging',
  ).action(async (name: string) => (await loaded()).useProfile(name, terminal));
  withExamples(
    profile
      .command('set <name>')
      .description('create or change a profile: it keeps --url, --kind and these options')
      .option('--token-stdin', 'read the token from standard input, so that no shell history has it')
      .option('--token-command <command>', 'shell command that prints the token, run for each command')
      .addOption(
        new Option('--default-output <format>', 'how its commands print their answers').choices(
          OUTPUT_FORMATS,
        ),
      )
      .addOption(new Option('--unset <key>', 'remove a value').choices(PROFILE_KEYS)),
    'profile set staging --url https://carryover.staging.example --token-stdin < token',
    "profile set live --url https://carryover.example --token-command 'pass show carryover'",
  ).action(async (name: string, options: ProfileSet) =>
    (await loaded()).setProfile(name, { ...root.opts<ProfileSet>(), ...options }, terminal),
  );
  withExamples(
    profile
      .command('remove <name>')
      .description('remove a profile, and its token')
      .option('--yes', 'do not ask', false),
    'profile remove staging --yes',
  ).action(async (name: string, { yes }: { yes: boolean }) =>
    (await loaded()).removeProfile(name, yes, terminal),
  );
}
