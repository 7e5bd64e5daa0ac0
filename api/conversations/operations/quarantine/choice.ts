import type { Store } from '../../../../gateways/store/sql/connect.js';
import { findQuarantined } from '../../../../gateways/store/conversations/quarantine/quarantine.js';
import { idsOfGroup } from '../../../../gateways/store/conversations/quarantine/quarantine-groups.js';
import { Problem } from '../../../http/problems.js';

export interface QuarantineChoice {
  readonly records?: readonly string[];
  readonly group?: string;
}

/** The largest number of ids for one message to a workflow. */
const MOST = 20_000;

/** The selected ids; undefined without a selection. Throws Problem 400, 404, 409. */
export async function chosenIds(
  store: Store,
  accountId: string,
  { records, group }: QuarantineChoice,
): Promise<readonly string[] | undefined> {
  if (records && group !== undefined) throw badChoice('must not be combined with records');
  if (records) {
    const found = await findQuarantined(store.pool, accountId, records);
    if (found.unknown.length > 0) throw notInQuarantine();
    return found.ids;
  }
  if (group === undefined) return undefined;
  const ids = await idsOfGroup(store.pool, accountId, group, MOST + 1);
  if (ids.length === 0) throw notInQuarantine();
  if (ids.length > MOST)
    throw new Problem(
      'conflict',
      `The group has more than ${MOST} records. Choose all of the account instead.`,
    );
  return ids;
}

/** The selected ids. Throws Problem 400 without a selection, and as `chosenIds`. */
export async function mustChoose(
  store: Store,
  accountId: string,
  choice: QuarantineChoice,
): Promise<readonly string[]> {
  const ids = await chosenIds(store, accountId, choice);
  if (ids === undefined) throw badChoice('is needed, or records');
  return ids;
}

function badChoice(detail: string): Problem {
  return new Problem('invalid-input', 'Choose either records or a group.', {
    errors: [{ field: 'group', in: 'body', pointer: '#/group', detail }],
  });
}

export function notInQuarantine(): Problem {
  return new Problem(
    'not-found',
    'The account has no such quarantined record. It may have been imported meanwhile.',
  );
}
