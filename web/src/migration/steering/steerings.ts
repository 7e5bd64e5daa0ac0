import { answer, api } from '../../api/client.js';
import type { ListedMigration } from '../../api/types.js';
import { toneOf } from '../../words/statuses.js';

export interface Action {
  readonly name: string;
  readonly explains: string;
  readonly needs: 'steer' | 'reset';
  readonly danger?: boolean;
  /** It cannot be taken back, so the id must be typed. */
  readonly final?: boolean;
  /** Has a button of its own. */
  readonly first?: boolean;
  call(): Promise<unknown>;
}

/** The engine's calls that the kind has and that apply to the migration as it is; the API refuses others all the same. */
export function steeringsOf(row: ListedMigration, has: readonly string[]): readonly Action[] {
  const { kind, key, paused, status } = row;
  const tone = toneOf(status);
  const going = tone === 'running' || tone === 'partial';
  const target = { params: { path: { kind, key } } };
  const path = '/v2/kinds/{kind}/migrations/{key}';
  const verify = (repair: boolean) => () =>
    answer(api.POST(`${path}/verify`, { ...target, body: { repair } }));
  const all: readonly (Action & { readonly of: string; readonly when: boolean })[] = [
    {
      of: 'resume',
      when: paused !== null,
      name: 'Resume',
      explains: 'Continues exactly where it was paused.',
      needs: 'steer',
      first: true,
      call: () => answer(api.POST(`${path}/resume`, target)),
    },
    {
      of: 'pause',
      when: going && paused === null,
      name: 'Pause',
      explains:
        'Stops within one batch, and stays so until somebody resumes it. Nothing is lost or read twice.',
      needs: 'steer',
      first: true,
      call: () => answer(api.POST(`${path}/pause`, target)),
    },
    {
      of: 'retry',
      when: tone === 'failed' || row.needs_attention,
      name: 'Retry',
      explains: 'Retries everything that failed. Finished work is kept.',
      needs: 'steer',
      first: true,
      call: () => answer(api.POST(`${path}/retry`, target)),
    },
    {
      of: 'verify',
      when: tone !== 'waiting',
      name: 'Verify',
      explains: 'Reads the source again and compares every record with the copy. Changes nothing.',
      needs: 'steer',
      call: verify(false),
    },
    {
      of: 'verify',
      when: tone !== 'waiting',
      name: 'Verify and repair',
      explains:
        'Compares every record, imports missing and different ones again, and compares once more. Deletes nothing.',
      needs: 'steer',
      call: verify(true),
    },
    {
      of: 'cancel',
      when: going,
      name: 'Cancel',
      explains: 'Stops for good. What is migrated stays; a later start continues from there.',
      needs: 'steer',
      danger: true,
      call: () => answer(api.POST(`${path}/cancel`, target)),
    },
    {
      of: 'undo',
      when: tone !== 'waiting',
      name: 'Undo',
      explains: 'Removes what the migration has written to its target. This cannot be undone.',
      needs: 'steer',
      danger: true,
      final: true,
      call: () => answer(api.POST(`${path}/undo`, target)),
    },
  ];
  return all
    .filter(({ of, when }) => when && has.includes(of))
    .map(({ of: _of, when: _when, ...action }) => action);
}
