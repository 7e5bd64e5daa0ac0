import { useInfiniteQuery } from '@tanstack/react-query';
import { migrationFailuresQuery } from '../api/queries.js';
import { FailureItem } from '../failures/failure-item.js';
import type { PanelProps } from '../kinds.js';
import { Button } from '../ui/controls/button.js';
import { Card } from '../ui/screen/screen.js';
import { Empty, Unread } from '../ui/screen/states.js';
import styles from './timeline.module.css';

/** What needs a person in this migration. */
export function MigrationFailures({ of }: PanelProps) {
  const query = useInfiniteQuery(migrationFailuresQuery(of));
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  if (data === undefined)
    return <Unread what="The failures" error={error} onRetry={() => void refetch()} lines={6} />;
  const failures = data.pages.flatMap(({ failures }) => failures);
  if (failures.length === 0)
    return (
      <Empty title="Nothing needs you">Failures that are not retried automatically are listed here.</Empty>
    );
  return (
    <Card flush>
      {failures.map((failure) => (
        <FailureItem key={`${failure.kind} ${failure.id}`} kind={of.kind} failure={failure} />
      ))}
      {hasNextPage && (
        <div className={styles.more}>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </Card>
  );
}
