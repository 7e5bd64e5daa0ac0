import { useQuery } from '@tanstack/react-query';
import { RefreshCw, TriangleAlert } from 'lucide-react';
import { messageOf } from '../api/problems.js';
import { Button } from '../ui/controls/button.js';
import { Glyph } from '../ui/status/glyph.js';
import { Card } from '../ui/screen/screen.js';
import { Skeleton } from '../ui/screen/states.js';
import { Table } from '../ui/table/table.js';
import { plural, whole } from '../words/numbers.js';
import { range } from '../words/times.js';
import styles from './move.module.css';
import { type MovePreview, previewQuery } from './queries.js';
import { LEFT_WORDS, warningWords } from './words.js';

/** What the move would do, in plain words; `children` is what comes after it, once it is known. */
export function Preview({
  from,
  to,
  children,
}: {
  readonly from: string;
  readonly to: number;
  readonly children: (preview: MovePreview) => React.ReactNode;
}) {
  const { data: preview, error, isFetching, refetch } = useQuery(previewQuery(from, to));
  const again = (
    <Button size="small" busy={isFetching} onClick={() => void refetch()}>
      <RefreshCw size={14} aria-hidden /> Look again
    </Button>
  );
  if (preview === undefined || error !== null)
    return (
      <Card title="3. What it would do" beside={error !== null && again}>
        {error !== null ? (
          <p className={styles.refused} role="alert">
            <Glyph tone="failed" /> <span>{messageOf(error)}</span>
          </p>
        ) : (
          <>
            <p className="muted">Counting in Chatwoot’s database. Nothing is changed.</p>
            <Skeleton lines={5} label="Counting" />
          </>
        )}
      </Card>
    );
  return (
    <>
      <Card title="3. What it would do" beside={again}>
        <Found preview={preview} />
      </Card>
      {children(preview)}
    </>
  );
}

function Found({ preview }: { preview: MovePreview }) {
  const { counts, left, warnings, conflicts, estimated_seconds: seconds } = preview;
  const figures = [
    ['Conversations', counts.conversations],
    ['Messages', counts.messages],
    ['Attachments', counts.attachments],
    ['Contacts merged', conflicts.will_be_merged],
  ] as const;
  const staying = (Object.keys(LEFT_WORDS) as (keyof typeof LEFT_WORDS)[]).filter(
    (reason) => left[reason] > 0,
  );
  const stays = staying.reduce((sum, reason) => sum + left[reason], 0);
  return (
    <>
      <dl className={styles.figures} aria-label="What is moved">
        {figures.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{whole(count)}</dd>
          </div>
        ))}
        <div>
          <dt>Time</dt>
          <dd>{range({ from: seconds, to: 3 * seconds })}</dd>
        </div>
      </dl>
      {counts.conversations === 0 && (
        <p className={styles.warning}>
          <TriangleAlert size={14} aria-hidden />
          <span>
            <strong>Nothing would be moved.</strong>{' '}
            {stays === 0
              ? 'The inbox has no conversations.'
              : 'All of its conversations stay where they are.'}
          </span>
        </p>
      )}
      <ul className={styles.warnings}>
        {warnings.map((warning) => {
          const [what, advice] = warningWords(warning);
          return (
            <li key={warning.key} className={styles.warning}>
              <TriangleAlert size={14} aria-hidden />
              <span>
                <strong>{what}</strong> {advice}
              </span>
            </li>
          );
        })}
        {warnings.length === 0 && counts.conversations > 0 && (
          <li className={styles.warning}>
            <Glyph tone="done" />
            <span>Nothing needs your attention before it begins.</span>
          </li>
        )}
      </ul>
      {stays > 0 && (
        <>
          <h3 className={styles.heading}>{plural(stays, 'conversation')} would stay in the old inbox</h3>
          <ul className={styles.staying}>
            {staying.map((reason) => (
              <li key={reason}>
                <strong>{whole(left[reason])}</strong> {LEFT_WORDS[reason]}
              </li>
            ))}
          </ul>
        </>
      )}
      {conflicts.contacts.length > 0 && (
        <details className={styles.contacts}>
          <summary>
            {conflicts.will_be_merged > conflicts.contacts.length
              ? `The first ${conflicts.contacts.length} contacts that would be merged`
              : 'Contacts that would be merged'}
          </summary>
          <Table
            label="Contacts that would be merged"
            heads={['Number', 'Contact that goes', 'Contact that stays']}
            rows={conflicts.contacts.map(({ identity, source_contact: goes, destination_contact: stays }) => [
              identity,
              named(goes),
              named(stays),
            ])}
            empty=""
          />
        </details>
      )}
    </>
  );
}

const named = ({ id, name }: { readonly id: number; readonly name: string }) =>
  `${name.trim() || 'No name'} (${id})`;
