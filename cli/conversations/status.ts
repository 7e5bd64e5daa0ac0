import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import type { VerificationView } from '../../api/conversations/schemas/verification.js';
import { followingLines } from './following-line.js';
import { progressOf } from './progress/progress-of.js';
import { render } from './progress/render.js';
import { moment, oneLine } from '../engine/terminal/words.js';
import { table } from '../engine/terminal/table.js';
import type { Printer } from '../engine/terminal/output.js';
import { print } from '../engine/terminal/terminal.js';
import { reportOf } from './verify-report.js';
import { stepOf } from './verify-step.js';

const WIDTH_WITHOUT_TERMINAL = 100;

/** Prints one migration's current state. */
export function showMigration(view: MigrationView, { out, width, colour }: Printer): void {
  // A block of its own says more of what is followed.
  const model = { ...progressOf(view), following: null };
  print(out, ...render(model, width ?? WIDTH_WITHOUT_TERMINAL, colour));
  const blocks = [
    channelLines,
    attachmentLines,
    quarantineLines,
    followingLines,
    verificationLines,
    linkLines,
  ];
  for (const block of blocks.map((linesOf) => linesOf(view, width))) {
    if (block.length > 0) print(out, '', ...block);
  }
}

function channelLines({ brands }: MigrationView, width?: number): string[] {
  const rows = brands.flatMap((brand) =>
    brand.channels.map((channel) => [
      oneLine(brand.name),
      channel.channel_id,
      channel.type,
      channel.phone_number ?? '',
      channel.migration_status,
      channel.failure ? oneLine(`${channel.failure.message} ${channel.failure.next_step}`) : '',
    ]),
  );
  return rows.length === 0 ? [] : table(['BRAND', 'CHANNEL', 'TYPE', 'NUMBER', 'STATUS', ''], rows, width);
}

function attachmentLines({ attachments }: MigrationView, width?: number): string[] {
  const rows = attachments.failures.map((each) => [
    each.message_id,
    each.attachment_id,
    String(each.tries),
    moment(each.since),
    oneLine(`${each.error} ${each.next_step}`),
  ]);
  return rows.length === 0
    ? []
    : table(['MESSAGE', 'FAILED ATTACHMENT', 'TRIES', 'SINCE', 'WHY'], rows, width);
}

function quarantineLines({ quarantined }: MigrationView, width?: number): string[] {
  const rows = quarantined.records.map((each) => [
    each.source_table,
    oneLine(each.source_id ?? '-'),
    oneLine(each.reason),
  ]);
  return rows.length === 0 ? [] : table(['QUARANTINED IN', 'ID', 'WHY'], rows, width);
}

function verificationLines(view: MigrationView, width?: number): string[] {
  return [view.verification, view.unequal_verification].flatMap((verification) =>
    verification === null ? [] : linesOfVerification(view.account_id, verification, width),
  );
}

function linesOfVerification(
  accountId: string,
  verification: VerificationView,
  width: number | undefined,
): string[] {
  const { repair, asked_by: by, asked_at: at, state } = verification;
  const what = repair ? 'Verification with repair' : 'Verification';
  const rest = state === 'running' ? [stepOf(verification)] : reportOf(accountId, verification, width);
  return [`${what}, requested by ${oneLine(by)} at ${moment(at)}: ${state}`, ...rest.filter(Boolean)];
}

function linkLines({ links }: MigrationView): string[] {
  return links.temporal === null ? [] : [`Temporal: ${links.temporal}`];
}
