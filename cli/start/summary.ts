import pc from 'picocolors';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { carryoverCommand } from '../../domain/commands.js';
import { attentionOf } from '../progress/attention.js';
import { count, duration, oneLine, padEnd, padStart, plural } from '../progress/words.js';
import type { Outcome } from './migrate-sample.js';

type Check = NonNullable<Outcome['view']['brands'][number]['phases'][number]['check']>;

const COLUMNS = ['read', 'written', 'copies', 'quarantined', 'threads', 'merged into', 'digests'] as const;
const NAME_WIDTH = 28;
const COLUMN_WIDTH = 12;

/** What was read and what is there now, brand by brand, as the last check of each found it. */
export function summary({ view, seconds, good }: Outcome): string {
  const heading = good ? pc.green('✔ Migrated and verified') : pc.red(`✖ ${view.migration_status}`);
  const lines = view.brands.map((brand) => {
    // The last phase's check is of everything the brand has.
    const check = brand.phases.flatMap((phase) => phase.check ?? []).at(-1);
    const name = padEnd(brand.name.slice(0, NAME_WIDTH - 1), NAME_WIDTH);
    return `  ${name}${check === undefined ? brand.migration_status : cells(check)}`;
  });
  const failures = [view.failure, ...view.brands.map(({ failure }) => failure)].flatMap((failure) =>
    failure === null ? [] : [`  ${pc.red(failure.message)}\n  ${failure.next_step}`],
  );
  const attention = attentionOf(view);
  const ports = view.ports.filter(({ status }) => status === 'complete').length;
  const { stored, failed } = view.attachments;
  return [
    '',
    `${heading} ${pc.dim(`in ${duration(seconds)}`)}`,
    '',
    pc.dim(`  ${' '.repeat(NAME_WIDTH)}${COLUMNS.map((column) => padStart(column, COLUMN_WIDTH)).join('')}`),
    ...lines,
    '',
    `  ${ports} of ${plural(view.ports.length, 'number')} ported, ${plural(stored, 'attachment')} stored${
      failed === 0 ? '' : `, ${count(failed)} failed`
    }`,
    ...(attention.length === 0
      ? []
      : [
          `  ${pc.yellow(`A person is needed: ${oneLine(attention.join(', '))}.`)}`,
          `  Each with what to do: ${carryoverCommand('failures', view.account_id)}`,
        ]),
    ...failures,
    '',
    '',
  ].join('\n');
}

function cells(check: Check): string {
  const numbers = [
    check.read,
    check.held,
    check.superseded,
    check.quarantined,
    check.threads_read,
    check.threads_held,
  ];
  const equal = check.source_digest === check.store_digest;
  const words = [...numbers.map(count), equal ? 'equal' : 'DIFFERENT'];
  return words.map((word) => padStart(word, COLUMN_WIDTH)).join('');
}

export interface Farewell {
  readonly api: string;
  readonly stack: StackEnvironment;
  readonly token: string;
  readonly accountId: string;
  /** What Temporal stores is encrypted: the Web UI needs to be told who opens it. */
  readonly encrypted: boolean;
}

/** Where everything is, and what to try first. */
export function farewell({ api, stack, token, accountId, encrypted }: Farewell): string {
  const codec = encrypted
    ? `${pc.bold('Codec')}          ${api}/codec ${pc.dim('for the Web UI: docs/payload-encryption.md')}\n`
    : '';
  return `${pc.bold('API')}            ${api}
${pc.bold('API reference')}  ${api}/docs
${pc.bold('Web UI')}         ${stack.TEMPORAL_UI_URL}
${codec}${pc.bold('Store')}          ${stack.DATABASE_URL}

${pc.bold('A token for all of it, and three things to try:')}

export TOKEN=${token}

curl -H "Authorization: Bearer $TOKEN" "${api}/v2/check-migration-status?account_id=${accountId}"
curl -H "Authorization: Bearer $TOKEN" ${api}/v2/accounts/${accountId}
curl -H "Authorization: Bearer $TOKEN" ${api}/v2/migrations/${accountId}

${pc.dim('Ctrl-C ends everything; npm start goes on where it was.')}
`;
}
