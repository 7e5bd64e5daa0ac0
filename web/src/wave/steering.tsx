import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../api/client.js';
import type { Wave } from '../api/types.js';
import { webKind } from '../kinds.js';
import { Button } from '../ui/controls/button.js';
import { Confirm } from '../ui/controls/confirm.js';
import { ofWave, wavesQuery } from '../waves/queries.js';
import { plural, whole } from '../words/numbers.js';
import styles from './steering.module.css';

interface Steering {
  readonly name: string;
  readonly explains: string;
  readonly danger?: boolean;
  /** What the box says that extends it to the members that run. */
  readonly members?: string;
  call(members: boolean): Promise<unknown>;
}

/** Pause, resume and cancel: those that do something now. */
export function WaveSteering({ wave }: { wave: Wave }) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Steering>();
  const [members, setMembers] = useState(false);
  const choose = (steering: Steering | undefined) => {
    setMembers(false);
    setChosen(steering);
  };
  return (
    <>
      {steeringsOf(wave).map((steering) => (
        <Button key={steering.name} onClick={() => choose(steering)}>
          {steering.name}
        </Button>
      ))}
      {chosen !== undefined && (
        <Confirm
          {...chosen}
          subject={wave.key}
          call={() => chosen.call(members)}
          onDone={() =>
            Promise.all([
              client.invalidateQueries({ queryKey: ofWave(wave.id) }),
              client.invalidateQueries({ queryKey: wavesQuery.queryKey }),
            ])
          }
          onClose={() => choose(undefined)}
        >
          {chosen.members !== undefined && (
            <label className={styles.members}>
              <input
                type="checkbox"
                checked={members}
                onChange={({ target }) => setMembers(target.checked)}
              />
              {chosen.members}
            </label>
          )}
        </Confirm>
      )}
    </>
  );
}

function steeringsOf({ id, kind, state, counts: { waiting, running } }: Wave): readonly Steering[] {
  const subjects = webKind(kind).subjects ?? 'migrations';
  const those = (count: number) => plural(count, subjects.replace(/s$/, ''), subjects);
  const params = { path: { wave_id: id } };
  const goOn = running === 0 ? '' : ` The ${whole(running)} running ones continue.`;
  const pause: Steering = {
    name: 'Pause',
    explains: `Starts none of the ${those(waiting)} still waiting, until somebody resumes the wave.${goOn}`,
    ...(running > 0 && { members: `Also pause the ${whole(running)} running ones` }),
    call: (members) => answer(api.POST('/v2/waves/{wave_id}/pause', { params, body: { members } })),
  };
  const resume: Steering = {
    name: 'Resume',
    explains:
      state === 'stopped'
        ? `Continues with the ${those(waiting)} still waiting. Earlier failures no longer count for the rule that stops it.`
        : `Continues with the ${those(waiting)} still waiting, by the same rules.`,
    ...(running > 0 && {
      members: `Also resume those of the ${whole(running)} running ones that are paused`,
    }),
    call: (members) => answer(api.POST('/v2/waves/{wave_id}/resume', { params, body: { members } })),
  };
  const cancel: Steering = {
    name: 'Cancel',
    explains: `Ends the wave for good: the ${those(waiting)} still waiting are not started; another wave can start them.${goOn}`,
    danger: true,
    call: () => answer(api.POST('/v2/waves/{wave_id}/cancel', { params })),
  };
  if (state === 'running') return [pause, cancel];
  if (state === 'paused' || state === 'stopped') return [resume, cancel];
  return [];
}
