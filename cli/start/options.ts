import { Command, InvalidArgumentError } from 'commander';

export interface StartOptions {
  readonly once: boolean;
  readonly fresh: boolean;
  readonly data?: string;
  readonly accounts: number;
  readonly slow: boolean;
  readonly trouble: boolean;
}

const MOST_ACCOUNTS = 50;

export function readStartOptions(): StartOptions {
  return new Command('start')
    .description('Runs everything on this machine: the servers, a sample account, and its migration.')
    .option(
      '--once',
      'end after the summary; exits with 0 only if all is migrated, verified and ported',
      false,
    )
    .option('--fresh', 'delete the data of earlier starts first', false)
    .option('--data <dir>', 'folder to keep everything in; default: .carryover in the checkout')
    .option('--accounts <number>', `number of sample accounts, 1 to ${MOST_ACCOUNTS}`, accountsOf, 1)
    .option('--slow', 'slow the source down, for minutes in which to watch, pause and kill things', false)
    .option('--trouble', 'add acc_7, which has many faults, and acc_8, which is closed', false)
    .allowExcessArguments(false)
    .parse()
    .opts<StartOptions>();
}

function accountsOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MOST_ACCOUNTS) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_ACCOUNTS}.`);
}
