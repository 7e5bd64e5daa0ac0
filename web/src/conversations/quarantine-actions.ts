import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../api/client.js';
import { messageOf } from '../api/problems.js';
import { ofMigration } from '../api/queries.js';
import type { MigrationRef } from '../api/types.js';
import { notify } from '../ui/screen/notices.js';
import { plural } from '../words/numbers.js';

/** Some records, or all of one cause. */
export type Chosen = { readonly records: string[] } | { readonly group: string };

export function useQuarantineActions(of: MigrationRef) {
  const client = useQueryClient();
  const params = { path: { account_id: of.key } };
  const done = (words: string) => {
    notify('done', words);
    return client.invalidateQueries({ queryKey: ofMigration(of) });
  };
  const onError = (error: unknown) => notify('failed', messageOf(error));
  const retry = useMutation({
    mutationFn: (body: Chosen) =>
      answer(api.POST('/v2/migrations/{account_id}/quarantine/retry', { params, body })),
    onSuccess: ({ records }) =>
      done(`${records === null ? 'All records' : plural(records, 'record')} will be read again.`),
    onError,
  });
  const waive = useMutation({
    mutationFn: ({ reason, ...choice }: Chosen & { reason: string }) =>
      answer(
        api.POST('/v2/migrations/{account_id}/quarantine/waive', { params, body: { ...choice, reason } }),
      ),
    onSuccess: ({ records }) => done(`${plural(records, 'record')} waived.`),
  });
  const revoke = useMutation({
    mutationFn: (body: Chosen) =>
      answer(api.POST('/v2/migrations/{account_id}/quarantine/revoke-waiver', { params, body })),
    onSuccess: ({ records }) => done(`${plural(records, 'waiver')} revoked.`),
  });
  return { retry, waive, revoke };
}
