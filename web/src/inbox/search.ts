/** What is chosen so far: the inbox that is emptied, `ACCOUNT:INBOX`, and the one that takes its conversations. */
export interface MoveSearch {
  readonly from?: string;
  readonly to?: number;
}

export function moveSearch({ from, to }: Record<string, unknown>): MoveSearch {
  return {
    ...(typeof from === 'string' && /^\d+:\d+$/.test(from) && { from }),
    ...(typeof to === 'number' && Number.isInteger(to) && to > 0 && { to }),
  };
}
