import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { answer, api } from '../api/client.js';
import { messageOf } from '../api/problems.js';
import { summaryQuery } from '../api/queries.js';
import type { Kind } from '../api/types.js';
import { browserClock } from '../clock.js';
import { webKind } from '../kinds.js';
import { Button } from '../ui/controls/button.js';
import { Choices, Select } from '../ui/controls/choices.js';
import { Dialog } from '../ui/controls/dialog.js';
import { Field, fieldClass, hintClass, inputClass } from '../ui/controls/field.js';
import { notify } from '../ui/screen/notices.js';
import { plural, whole } from '../words/numbers.js';
import { inWords } from '../words/statuses.js';
import { wavesQuery } from './queries.js';
import styles from './start-wave.module.css';
import { bodyOf, idsIn, sentenceOf, type WaveWish, whatIsMissing } from './wish.js';

const ZONES = Intl.supportedValuesOf('timeZone');
const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function firstWish(kind: string): WaveWish {
  return {
    ...{ kind, key: `wave ${new Date(browserClock.now()).toISOString().slice(0, 16).replace('T', ' ')}` },
    ...{ from: 'list', list: '', order: 'given', status: 'pending' },
    ...{ atOnce: '5', hours: 'always', opens: '22:00', closes: '06:00', zone: OWN_ZONE, stopPercent: '5' },
  };
}

/** Asks what a wave starts, when and how fast, says what it will do, and leads to it. */
export function StartWave({ kinds, onClose }: { kinds: readonly Kind[]; onClose: () => void }) {
  const [wish, setWish] = useState<WaveWish>(() => firstWish(kinds[0]?.kind ?? ''));
  const set = (change: Partial<WaveWish>) => setWish((old) => ({ ...old, ...change }));
  const { data: summary } = useQuery(summaryQuery);
  const client = useQueryClient();
  const navigate = useNavigate();
  const subjects = webKind(wish.kind).subjects ?? 'migrations';
  const countOf = (status: string) =>
    summary?.by_status.find((entry) => entry.kind === wish.kind && entry.status === status)?.count ?? 0;
  const statuses = (kinds.find(({ kind }) => kind === wish.kind)?.statuses ?? []).filter(
    (status) => status === wish.status || countOf(status) > 0,
  );
  const matching = summary && countOf(wish.status);
  const missing = whatIsMissing(wish, matching);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => answer(api.POST('/v2/waves', { body: bodyOf(wish) })),
    async onSuccess({ id, key, counts }) {
      notify('done', `The wave ${key} has ${plural(counts.total, 'member')}.`);
      onClose();
      await client.invalidateQueries({ queryKey: wavesQuery.queryKey });
      await navigate({ to: '/waves/$wave', params: { wave: id } });
    },
  });
  return (
    <Dialog
      title="Start a wave"
      wide
      onClose={onClose}
      onSubmit={() => mutate()}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="main" busy={isPending} disabled={missing !== undefined}>
            Start the wave
          </Button>
        </>
      }
    >
      {kinds.length > 1 && (
        <Choices
          legend="Kind"
          value={wish.kind}
          choices={kinds.map(({ kind, name }) => ({ value: kind, label: name }))}
          onChoose={(kind) => set({ kind })}
        />
      )}
      <Choices
        legend="What it starts"
        value={wish.from}
        choices={[
          { value: 'list', label: `A list of ${subjects}` },
          { value: 'status', label: `All ${subjects} with a status` },
        ]}
        onChoose={(from) => set({ from })}
      />
      {wish.from === 'list' ? (
        <>
          <IdList wish={wish} subjects={subjects} onChange={(list) => set({ list })} />
          <Choices
            legend="Order"
            value={wish.order}
            choices={[
              { value: 'given', label: 'As listed here' },
              { value: 'key', label: 'By their ids' },
            ]}
            onChoose={(order) => set({ order })}
          />
        </>
      ) : (
        <Select
          label="Status"
          value={wish.status}
          choices={statuses.map((status) => ({
            value: status,
            label: `${inWords(status)} (${whole(countOf(status))})`,
          }))}
          onChoose={(status) => set({ status })}
          hint="Oldest first. Paused and cancelled ones, and those in another wave, are left out."
        />
      )}
      <Choices
        legend="When"
        value={wish.hours}
        choices={[
          { value: 'always', label: 'At any time' },
          { value: 'window', label: 'In some hours of each day' },
        ]}
        onChoose={(hours) => set({ hours })}
      />
      {wish.hours === 'window' && (
        <div className={styles.fields}>
          <Field
            label="From"
            type="time"
            value={wish.opens}
            onChange={({ target }) => set({ opens: target.value })}
          />
          <Field
            label="To"
            type="time"
            value={wish.closes}
            onChange={({ target }) => set({ closes: target.value })}
          />
          <Select
            label="Time zone"
            value={wish.zone}
            choices={(ZONES.includes(wish.zone) ? ZONES : [wish.zone, ...ZONES]).map((zone) => ({
              value: zone,
              label: zone,
            }))}
            onChoose={(zone) => set({ zone })}
          />
        </div>
      )}
      <div className={styles.fields}>
        <Field
          label="At once, at most"
          inputMode="numeric"
          value={wish.atOnce}
          onChange={({ target }) => set({ atOnce: target.value })}
        />
        <Field
          label="Stop above … % failed"
          inputMode="decimal"
          value={wish.stopPercent}
          onChange={({ target }) => set({ stopPercent: target.value.trim() })}
          hint="Empty: never."
        />
        <Field
          label="Name"
          value={wish.key}
          onChange={({ target }) => set({ key: target.value })}
          maxLength={200}
          autoComplete="off"
          hint="A repeated name finds this wave."
        />
      </div>
      <p className={styles.sentence} role="status">
        {missing ?? sentenceOf(wish, subjects, matching)}
      </p>
      {error !== null && <p role="alert">{messageOf(error)}</p>}
    </Dialog>
  );
}

function IdList({
  wish,
  subjects,
  onChange,
}: {
  wish: WaveWish;
  subjects: string;
  onChange: (list: string) => void;
}) {
  const id = useId();
  return (
    <div className={fieldClass}>
      <label htmlFor={id}>Ids, one in each line</label>
      <textarea
        id={id}
        className={inputClass}
        rows={6}
        value={wish.list}
        onChange={({ target }) => onChange(target.value)}
        spellCheck={false}
        autoComplete="off"
        aria-describedby={`${id}-count`}
      />
      <p id={`${id}-count`} className={hintClass}>
        {whole(idsIn(wish).length)} {subjects}. A repeated id counts once.
      </p>
    </div>
  );
}
