import { Command, InvalidArgumentError, Option } from 'commander';

export interface StartOptions {
  readonly once: boolean;
  readonly fresh: boolean;
  readonly data?: string;
  readonly sample: 'conversations' | 'onboarding' | 'inbox';
  /** Of the sample `inbox`. */
  readonly reverse: boolean;
  readonly accounts: number;
  readonly users: number;
  readonly slow: boolean;
  readonly trouble: boolean;
  /** Milliseconds between two changes at the source. */
  readonly paceMs: number;
}

/** Seconds between two changes at the source. */
const PACE = { watched: 8, once: 2 };

const MOST_ACCOUNTS = 50;
const MOST_USERS = 1_000_000;

export function readStartOptions(): StartOptions {
  const { pace, ...options } = new Command('start')
    .description('Runs everything on this machine: the servers, a sample account, and its migration.')
    .option(
      '--once',
      'end after the summary; exits with 0 only if all is migrated, verified and ported',
      false,
    )
    .option('--fresh', 'delete the data of earlier starts first', false)
    .option('--data <dir>', 'folder to keep everything in; default: .carryover in the checkout')
    .addOption(
      new Option('--sample <kind>', 'the kind of migration that is shown')
        .choices(['conversations', 'onboarding', 'inbox'])
        .default('conversations'),
    )
    .option('--reverse', 'with --sample inbox: take the move back, and compare with what was before', false)
    .option('--users <number>', `number of onboarding's users, 20 to ${MOST_USERS}`, usersOf, 5_000)
    .option('--accounts <number>', `number of sample accounts, 1 to ${MOST_ACCOUNTS}`, accountsOf, 1)
    .option('--slow', 'slow the source down, for minutes in which to watch, pause and kill things', false)
    .option('--trouble', 'add acc_7, which has many faults, and acc_8, which is closed', false)
    .option(
      '--pace <seconds>',
      `time between two changes at the source while numbers are ported, which takes six to nine times as long; default: ${PACE.watched}, with --once ${PACE.once}`,
      paceOf,
    )
    .allowExcessArguments(false)
    .parse()
    .opts<Omit<StartOptions, 'paceMs'> & { readonly pace?: number }>();
  return { ...options, paceMs: (pace ?? (options.once ? PACE.once : PACE.watched)) * 1_000 };
}

const LONGEST_PACE = 3_600;

function paceOf(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= LONGEST_PACE) return seconds;
  throw new InvalidArgumentError(`It must be a number of seconds, more than 0 and at most ${LONGEST_PACE}.`);
}

const accountsOf = (text: string): number => wholeFrom(text, 1, MOST_ACCOUNTS);

const usersOf = (text: string): number => wholeFrom(text, 20, MOST_USERS);

function wholeFrom(text: string, least: number, most: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
}
