import type { AccountCertificate } from '../../domain/conversations/certificate.js';
import { oneLine, plural } from '../engine/terminal/words.js';

/** What the certificate states beyond the checked steps. */
export function certificateLines(certificate: AccountCertificate['certificate']): string[] {
  const { account_id: accountId, code, workflow } = certificate;
  const where = certificate.version === 1 ? '' : ` in store ${certificate.store_id}`;
  const commit = code.commit === null ? '' : ` (${code.commit})`;
  return [
    ...quarantineLines(certificate),
    `Account ${accountId}${where}, after a ${certificate.made_after}, ${certificate.made_at}; Carryover ${code.version}${commit}; run ${workflow.run_id} of ${workflow.id}.`,
  ];
}

function quarantineLines(certificate: AccountCertificate['certificate']): string[] {
  if (certificate.version === 1) {
    const quarantined = certificate.brands.reduce((sum, { held }) => sum + held.quarantined, 0);
    return [
      `Quarantined: ${plural(quarantined, 'record')}.`,
      'Version 1: it relies on sums of 64-bit digests and names no store. A verification creates one with hashes of all records.',
    ];
  }
  const { held, waived, removed } = certificate.totals;
  const all = held.quarantined_messages + held.quarantined_threads;
  const parts = `${plural(held.quarantined_messages, 'message')}, ${plural(held.quarantined_threads, 'thread')}`;
  return [
    all === 0
      ? 'Quarantined: nothing.'
      : `Quarantined: ${plural(all, 'record')} (${parts}), ${waived} of them waived.`,
    ...certificate.brands.flatMap(({ brand_id: brandId, waived: waivers }) =>
      waivers.map(
        ({ by, reason, records }) =>
          `  ${plural(records, 'record')} of brand ${brandId} waived by ${oneLine(by)}: ${oneLine(reason)}`,
      ),
    ),
    ...(removed ? [`Removed by the source since they were imported: ${plural(removed, 'record')}.`] : []),
    ...certificate.brands.map(({ brand_id: brandId, records }) =>
      records === null
        ? `Brand ${brandId} was compared by a version that kept no hashes of records.`
        : `Brand ${brandId}: threads and messages sha256 ${records.threads}`,
    ),
  ];
}
