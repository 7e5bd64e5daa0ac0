import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type ReactNode, useDeferredValue, useState } from 'react';
import { Button } from '../ui/controls/button.js';
import { Field } from '../ui/controls/field.js';
import { Card } from '../ui/screen/screen.js';
import { Failed, Skeleton } from '../ui/screen/states.js';
import { plural, whole } from '../words/numbers.js';
import { destinationsQuery, sourcesQuery } from './queries.js';
import styles from './move.module.css';
import { KINDS_OF_CHANNEL } from './words.js';

interface ChooseProps<Id> {
  readonly chosen: Id | undefined;
  readonly onChoose: (id: Id) => void;
}

/** The inbox that is emptied. */
export function ChooseSource({ chosen, onChoose }: ChooseProps<string>) {
  const [words, setWords] = useState('');
  const query = useQuery(sourcesQuery(useDeferredValue(words.trim())));
  const { data } = query;
  return (
    <Card title="1. From which inbox">
      <Field
        label="Search"
        hint="Part of the name of an inbox or of an account."
        value={words}
        onChange={({ target }) => setWords(target.value)}
        autoComplete="off"
        spellCheck={false}
      />
      <Options
        legend="Source inbox"
        query={query}
        options={(data?.inboxes ?? []).map(({ key, account, account_id: accountId, ...inbox }) => ({
          ...{
            id: key,
            name: inbox.name,
            channel: inbox.channel_type,
            conversations: inbox.conversations_count,
          },
          beside: `${account} (account ${accountId}), inbox ${inbox.id}`,
        }))}
        empty={
          words === ''
            ? 'Chatwoot has no WhatsApp inbox: Evolution, WhatsApp Cloud, 360dialog or Twilio.'
            : 'No WhatsApp inbox matches.'
        }
        chosen={chosen}
        onChoose={onChoose}
      />
      {data?.more === true && <p className={styles.more}>There are more: search for the one you mean.</p>}
    </Card>
  );
}

/** The inbox that takes its conversations. */
export function ChooseDestination({
  from,
  chosen,
  onChoose,
}: ChooseProps<number> & { readonly from: string }) {
  const query = useQuery(destinationsQuery(from));
  return (
    <Card title="2. To which inbox">
      <Options
        legend="Destination inbox"
        query={query}
        options={(query.data ?? []).map(
          ({ id, name, channel_type: channel, conversations_count: conversations }) => ({
            ...{ id, name, channel, conversations, beside: `inbox ${id}` },
          }),
        )}
        empty="This account has no other WhatsApp inbox that could take them: connect the new number in Chatwoot first, or wait until the move of the other inbox has ended."
        chosen={chosen}
        onChoose={onChoose}
      />
    </Card>
  );
}

interface Option<Id> {
  readonly id: Id;
  readonly name: string;
  readonly beside: string;
  readonly channel: string;
  readonly conversations: number;
}

interface OptionsProps<Id> extends ChooseProps<Id> {
  readonly legend: string;
  readonly query: UseQueryResult;
  readonly options: readonly Option<Id>[];
  readonly empty: ReactNode;
}

/** Inboxes, one of which is chosen; once it is, the others are out of the way. */
function Options<Id extends string | number>(props: OptionsProps<Id>) {
  const { legend, query, options, empty, chosen, onChoose } = props;
  const [isOpen, setOpen] = useState(chosen === undefined);
  if (query.isPending) return <Skeleton lines={4} label="Loading inboxes" />;
  if (query.isError && query.data === undefined)
    return <Failed what="The inboxes" error={query.error} onRetry={() => void query.refetch()} />;
  if (options.length === 0) return <p className="muted">{empty}</p>;
  const only = isOpen ? undefined : options.find(({ id }) => id === chosen);
  return (
    <fieldset className={styles.options}>
      <legend className="visually-hidden">{legend}</legend>
      {(only === undefined ? options : [only]).map(({ id, name, beside, channel, conversations }) => (
        <label key={id} className={styles.option}>
          <input
            type="radio"
            name={legend}
            checked={id === chosen}
            onChange={() => {
              onChoose(id);
              setOpen(false);
            }}
          />
          <span className={styles.optionName}>{name}</span>
          <span className={styles.optionBeside}>{beside}</span>
          <span className={styles.optionCount} title={plural(conversations, 'conversation')}>
            {KINDS_OF_CHANNEL[channel] ?? channel} · {whole(conversations)} conversations
          </span>
        </label>
      ))}
      {only !== undefined && options.length > 1 && (
        <Button size="small" onClick={() => setOpen(true)}>
          Choose another one
        </Button>
      )}
    </fieldset>
  );
}
