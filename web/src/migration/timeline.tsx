import { useInfiniteQuery } from '@tanstack/react-query';
import { CircleDot, Hand, Phone, Repeat, ShieldCheck, TriangleAlert } from 'lucide-react';
import { timelineQuery } from '../api/queries.js';
import type { TimelineEvent } from '../api/types.js';
import { useNow } from '../live/now.js';
import type { PanelProps } from '../kinds.js';
import { Button } from '../ui/controls/button.js';
import { Card } from '../ui/screen/screen.js';
import { Empty, Unread } from '../ui/screen/states.js';
import { capital } from '../words/statuses.js';
import { clockTime, fullTime } from '../words/times.js';
import styles from './timeline.module.css';

const ICONS = {
  status: CircleDot,
  steering: Hand,
  failure: TriangleAlert,
  port: Phone,
  verification: ShieldCheck,
  following: Repeat,
} satisfies Record<TimelineEvent['type'], unknown>;

/** Everything that happened, newest first. */
export function Timeline({ of }: PanelProps) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    timelineQuery(of),
  );
  const now = useNow();
  if (data === undefined)
    return <Unread what="The timeline" error={error} onRetry={() => void refetch()} lines={8} />;
  const events = data.pages.flatMap(({ events }) => events);
  if (events.length === 0) return <Empty title="Nothing has happened yet" />;
  return (
    <Card flush>
      <ol className={styles.timeline}>
        {events.map((event, index) => {
          const Icon = ICONS[event.type];
          return (
            <li key={`${event.at} ${event.what} ${index}`} data-type={event.type}>
              <time dateTime={event.at} title={fullTime(event.at)}>
                {clockTime(event.at, now)}
              </time>
              <Icon size={16} aria-hidden />
              <div>
                <p>
                  {capital(event.what)}
                  {event.unit && <span className="muted"> · {event.unit}</span>}
                </p>
                {event.detail && <p className={styles.detail}>{event.detail}</p>}
              </div>
              <span className={styles.by}>{event.by ?? ''}</span>
            </li>
          );
        })}
      </ol>
      {hasNextPage && (
        <div className={styles.more}>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show earlier
          </Button>
        </div>
      )}
    </Card>
  );
}
