import type { Command } from 'commander';
import { EXIT, EXIT_MEANINGS } from './terminal/exit-status.js';
import { nearest } from './nearest.js';
import { DEFAULT_URL } from './settings.js';
import { CommandError, print, type Terminal } from './terminal/terminal.js';

/** Adds examples to a command's help: what is typed after `carryover`, one a line. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `  carryover ${example}`);
  return command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'));
}

const ENVIRONMENT = `Environment:
  CARRYOVER_URL      address of the API, with its path prefix if it has one;
                     default: the profile, a running npm start, ${DEFAULT_URL}
  CARRYOVER_TOKEN    token for the API; "carryover token" creates one
  CARRYOVER_OUTPUT   table, wide, json or yaml
  AUTH_JWT_SECRET    the API's secret; only for "carryover token"
  CHATWOOT_API_ACCESS_TOKEN  an administrator's token of Chatwoot; only for "carryover inbox"
  DATABASE_URL       the store; only for "carryover db"
  WORKER_DEPLOYMENT  and TEMPORAL_ADDRESS; only for "carryover workers"
  REPORT_SLACK_WEBHOOK_URL  Slack's webhook; only for "carryover report --slack"
  NO_COLOR           if set, output has no colours
  FORCE_COLOR        if set, output has colours also where it is no terminal`;

const OUTPUT = `Output:
  table   for people; fits the terminal, names are shortened with …
  wide    all columns, and nothing shortened
  json    the API's answer as it is; a list is an array of all its rows
  yaml    the same as YAML
Progress and remarks go to standard error, so that standard output can be piped.`;

const EXIT_STATUS = [
  'Exit status:',
  ...Object.entries(EXIT).map(
    ([name, status]) => `  ${String(status).padEnd(3)}  ${EXIT_MEANINGS[name as keyof typeof EXIT]}`,
  ),
].join('\n');

const TOPICS: Readonly<Record<string, string>> = {
  environment: ENVIRONMENT,
  'exit-status': EXIT_STATUS,
  output: OUTPUT,
};

/** What the help of the program ends with. */
export const ROOT_HELP = `
Examples:
  carryover start acc_1 && carryover watch acc_1
  carryover list --status recent-messages-failure --json
  carryover list --q lakeside          find by key or name
  carryover preflight acc_1            what a start would do, without writing anything
  carryover explain acc_1              why it waits, and what to do
  carryover failures acc_1             what needs a person, with the command for each
  carryover verify acc_1 --repair      compare with the source, import what differs
  carryover token --role operator --sub ann --expires 30d
  carryover db migrate                 before the API and workers of a new version
  carryover workers promote            after they have started, where workers have versions
  carryover drill                      what happens when a worker dies, on a copy

${ENVIRONMENT}

Topics: carryover help ${Object.keys(TOPICS).join(' | ')}`;

/** `carryover help`, for commands and for topics. */
export function addHelp(root: Command, { out }: Terminal): void {
  for (const command of [root, ...root.commands]) command.helpCommand(false);
  withExamples(
    root
      .command('help [words...]')
      .description(`show help for a command or a topic: ${Object.keys(TOPICS).join(', ')}`),
    'help quarantine retry',
    'help exit-status',
  ).action((words: string[]) => {
    const topic = words.length === 1 ? TOPICS[words[0] ?? ''] : undefined;
    if (topic === undefined) commandAt(root, words).outputHelp();
    else print(out, topic);
  });
}

function commandAt(root: Command, words: readonly string[]): Command {
  let command = root;
  for (const word of words) {
    const found = command.commands.find((each) => each.name() === word);
    if (found === undefined) {
      const known = [...command.commands.map((each) => each.name()), ...Object.keys(TOPICS)];
      throw new CommandError(
        `There is no command or topic "${words.join(' ')}".${nearest(word, known)} "carryover help" lists all.`,
        EXIT.usage,
      );
    }
    command = found;
  }
  return command;
}
