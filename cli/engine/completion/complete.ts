import type { Command, Option } from 'commander';
import type { CliKinds } from '../choose-kind.js';
import type { Terminal } from '../terminal/terminal.js';
import { type Asked, candidatesOf, type Wanted } from './candidates.js';

export interface Surroundings {
  readonly kinds: CliKinds;
  readonly terminal: Terminal;
}

/**
 * The candidates for the last of the words, a line each:
 * 1. Walk down the commands that the words before it name, and note the options among them.
 * 2. Decide what it can be: an option's value, an option, a command or an argument.
 * 3. Keep the candidates that begin with it.
 *
 * Never throws: nothing that cannot be found is worth a message at a prompt.
 */
export async function complete(
  root: Command,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<string> {
  const { command, given, values } = walk(root, words.slice(0, -1));
  const typed = words.at(-1) ?? '';
  const asked: Asked = { given, ...surroundings };
  if (values !== undefined) return linesOf(await candidatesOf(wantedBy(values), typed, asked), typed);
  const [, name, part] = /^(--[\w-]+)=(.*)$/.exec(typed) ?? [];
  if (name !== undefined && part !== undefined) {
    const option = optionsOf(command, root).find((each) => isCalled(each, name));
    const found = option === undefined ? [] : await candidatesOf(wantedBy(option), part, asked);
    return linesOf(
      found.map(([value, words]) => [`${name}=${value}`, words]),
      typed,
    );
  }
  if (typed.startsWith('-'))
    return linesOf(
      optionsOf(command, root).map((each) => [each.long ?? each.short ?? '', each.description]),
      typed,
    );
  const below = visible(command);
  if (below.length > 0)
    return linesOf(
      below.map((each) => [each.name(), each.description()]),
      typed,
    );
  return linesOf(await candidatesOf(argumentAt(command, words, root), typed, asked), typed);
}

interface Walked {
  readonly command: Command;
  /** The values of the root's options among the words. */
  readonly given: Readonly<Record<string, string>>;
  /** The option whose value comes next. */
  readonly values: Option | undefined;
}

function walk(root: Command, words: readonly string[]): Walked {
  let command = root;
  let values: Option | undefined;
  const given: Record<string, string> = {};
  for (const word of words) {
    if (values !== undefined) {
      given[values.attributeName()] = word;
      values = undefined;
      continue;
    }
    const [, name = '', value] = /^(--?[\w-]+)(?:=(.*))?$/.exec(word) ?? [];
    const option = optionsOf(command, root).find((each) => isCalled(each, name));
    if (option !== undefined && value !== undefined) given[option.attributeName()] = value;
    else if (option?.required === true) values = option;
    else if (name === '') command = visible(command).find((each) => each.name() === word) ?? command;
  }
  return { command, given, values };
}

function optionsOf(command: Command, root: Command): Option[] {
  const own = command === root ? [] : command.options;
  return [...own, ...root.options].filter(({ hidden }) => !hidden);
}

function isCalled({ long, short }: Option, name: string): boolean {
  return long === name || short === name;
}

function visible(command: Command): Command[] {
  return command.commands.filter((each) => !each.name().startsWith('__'));
}

function wantedBy(option: Option): Wanted {
  if (option.argChoices !== undefined) return { choices: option.argChoices };
  return { name: option.attributeName() };
}

/** What the argument is that the last word begins. */
function argumentAt(command: Command, words: readonly string[], root: Command): Wanted {
  const before = words.slice(0, -1);
  let rest = before;
  for (let at: Command | null = command; at !== null && at !== root; at = at.parent) rest = rest.slice(1);
  const options = optionsOf(command, root);
  let count = 0;
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    if (!word.startsWith('-')) count += 1;
    else if (!word.includes('=') && options.find((each) => isCalled(each, word))?.required === true) at += 1;
  }
  const known = command.registeredArguments;
  const argument = known[count] ?? (known.at(-1)?.variadic === true ? known.at(-1) : undefined);
  if (argument === undefined) return {};
  return argument.argChoices === undefined ? { name: argument.name() } : { choices: argument.argChoices };
}

function linesOf(found: readonly (readonly [value: string, words: string])[], typed: string): string {
  return found
    .filter(([value]) => value === ':files' || value.startsWith(typed))
    .map(([value, words]) => (value === ':files' ? `${value}\n` : `${value}\t${words.split('\n', 1)[0]}\n`))
    .join('');
}
