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
    .description('Everything on this machine: servers, a sample account, its migration before your eyes.')
    .option('--once', 'end after the summary; status 0 only when all is migrated, verified and ported', false)
    .option('--fresh', 'forget what an earlier start left behind, and begin anew', false)
    .option('--data <dir>', 'folder to keep everything in; default .carryover in the checkout')
    .option('--accounts <number>', `sample accounts, 1 to ${MOST_ACCOUNTS}`, accountsOf, 1)
    .option('--slow', 'let the source answer slowly: minutes to watch, pause and kill things in', false)
    .option('--trouble', 'add acc_7, in which much goes wrong, and acc_8, which is closed', false)
    .allowExcessArguments(false)
    .parse()
    .opts<StartOptions>();
}

function accountsOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MOST_ACCOUNTS) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_ACCOUNTS}.`);
}
