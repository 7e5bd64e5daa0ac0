import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, api } from '../api/client.js';
import { useMay } from '../app/session.js';
import { Button } from '../ui/controls/button.js';
import { Choices } from '../ui/controls/choices.js';
import { Confirm } from '../ui/controls/confirm.js';
import { Crumbs } from '../ui/screen/crumbs.js';
import { Card, ScreenHead } from '../ui/screen/screen.js';
import { plural } from '../words/numbers.js';
import { ChooseDestination, ChooseSource } from './choose.js';
import styles from './move.module.css';
import { Preview } from './preview.js';
import type { MovePreview } from './queries.js';

const route = getRouteApi('/inboxes/move');

/** Moves an inbox in steps: from, to, what it would do, and the word that begins it. What is chosen is in the address. */
export function MoveInbox() {
  const { from, to } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <ScreenHead
        title="Move an inbox"
        before={
          <Crumbs
            above={[
              <Link key="all" to="/migrations">
                Migrations
              </Link>,
            ]}
          >
            Move an inbox
          </Crumbs>
        }
      />
      <div className={styles.steps}>
        <p className="muted">
          All conversations of a WhatsApp inbox continue in another one of the same account, while Chatwoot
          runs. Replies go out through the new number. A move can be reversed.
        </p>
        <ChooseSource
          chosen={from}
          onChoose={(key) => void navigate({ search: { from: key }, replace: true, resetScroll: false })}
        />
        {from !== undefined && (
          <ChooseDestination
            key={from}
            from={from}
            chosen={to}
            onChoose={(id) => void navigate({ search: { from, to: id }, replace: true, resetScroll: false })}
          />
        )}
        {from !== undefined && to !== undefined && (
          <Preview key={`${from} ${to}`} from={from} to={to}>
            {(preview) => <Begin from={from} to={to} preview={preview} />}
          </Preview>
        )}
      </div>
    </>
  );
}

const ASSIGNEES = [
  { value: 'keep', label: 'Keep their conversations' },
  { value: 'unassign', label: 'Are unassigned' },
  { value: 'add-to-inbox', label: 'Become members of the new inbox' },
] as const;
const POSSIBLE_MATCHES = [
  { value: 'leave', label: 'Leave their conversations in the old inbox' },
  { value: 'merge', label: 'Merge them into the contacts of the new inbox' },
] as const;

function Begin({ from, to, preview }: { from: string; to: number; preview: MovePreview }) {
  const { steer } = useMay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [assignees, setAssignees] = useState<(typeof ASSIGNEES)[number]['value']>('keep');
  const [matches, setMatches] = useState<(typeof POSSIBLE_MATCHES)[number]['value']>('leave');
  const [isAsking, setAsking] = useState(false);
  const { source_inbox: source, destination_inbox: destination, counts, left, warnings } = preview;
  const hasAssignees = warnings.some(({ key }) => key === 'ASSIGNEES_WITHOUT_ACCESS');
  const call = () =>
    answer(
      api.POST('/v2/kinds/inbox/sources/{key}/moves', {
        params: { path: { key: from } },
        body: {
          ...{ destination_inbox_id: to, assignees, possible_matches: matches },
          // With other options the counts are others, too.
          ...(matches === 'leave' && { preview_id: preview.preview_id }),
        },
      }),
    );
  const watch = async () => {
    await client.invalidateQueries({ queryKey: ['inbox-destinations'] });
    await navigate({ to: '/migrations/$kind/$key', params: { kind: 'inbox', key: from } });
  };
  return (
    <Card title="4. Begin">
      <div className={styles.begin}>
        {hasAssignees && (
          <Choices
            legend="Assignees without access to the new inbox"
            value={assignees}
            choices={ASSIGNEES}
            onChoose={setAssignees}
          />
        )}
        {left.possible_matches > 0 && (
          <Choices
            legend="Contacts whom the new inbox may already have"
            value={matches}
            choices={POSSIBLE_MATCHES}
            onChoose={setMatches}
          />
        )}
        {steer ? (
          <Button look="main" onClick={() => setAsking(true)}>
            Move the conversations
          </Button>
        ) : (
          <p className="muted">Your role may look, but not move an inbox.</p>
        )}
      </div>
      {isAsking && (
        <Confirm
          name="Move"
          subject={source.name}
          explains={`${plural(counts.conversations, 'conversation')} with ${plural(counts.messages, 'message')} move from ${source.name} to ${destination.name}. Agents see them there at once. The move can be paused, cancelled and reversed.`}
          typed="MIGRATE"
          call={call}
          onDone={watch}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  );
}
