import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type SourceItem = Record<string, AttributeValue>;

/** Anything with a name has an account with one brand. */
interface Named {
  readonly name: string;
}

export function accountOf({ name }: Named): string {
  return `acc_${name}`;
}

export function brandOf({ name }: Named): string {
  return `br_${name}`;
}

export function threadId({ name }: Named, n: number): string {
  return `thr_${name}_${String(n).padStart(7, '0')}`;
}
