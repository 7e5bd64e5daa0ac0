import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { summaryQuery } from '../api/queries.js';
import { useNow } from '../live/now.js';
import { Glyph } from '../ui/status/glyph.js';
import { rate, whole } from '../words/numbers.js';
import type { Tone } from '../words/statuses.js';
import { expectedEnd, range } from '../words/times.js';
import styles from './summary-strip.module.css';

/** What is going on over all kinds, at a glance. */
export function SummaryStrip() {
  const { data } = useQuery(summaryQuery);
  const now = useNow();
  const count = (n: number | undefined) => (n === undefined ? '–' : whole(n));
  return (
    <dl className={styles.strip} aria-label="All migrations" aria-busy={data === undefined}>
      <Figure name="Running" tone="running" zero={data?.running === 0}>
        {count(data?.running)}
      </Figure>
      <Figure name="Waiting" tone="waiting" zero={data?.waiting === 0}>
        {count(data?.waiting)}
      </Figure>
      <Figure name="Paused" tone="paused" zero={data?.paused === 0}>
        {count(data?.paused)}
      </Figure>
      <Figure name="Failed" tone="failed" zero={data?.failed === 0}>
        {data !== undefined && data.failed > 0 ? (
          <Link to="/migrations" search={{ needs_attention: 'true' }} className={styles.failed}>
            {whole(data.failed)}
          </Link>
        ) : (
          count(data?.failed)
        )}
      </Figure>
      <Figure name="Done today" tone="done" zero={data?.done_today === 0}>
        {count(data?.done_today)}
      </Figure>
      <Figure name="Rate" zero={data?.rate === 0}>
        {data === undefined ? '–' : rate(data.rate)}
      </Figure>
      <Figure name="Expected end" zero={data?.seconds_left === null} wide>
        {data?.seconds_left ? (
          <>
            {expectedEnd(data.seconds_left, now)} <small>in {range(data.seconds_left)}</small>
          </>
        ) : (
          '–'
        )}
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly tone?: Tone;
  readonly zero: boolean;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

function Figure({ name, tone, zero, wide = false, children }: FigureProps) {
  return (
    <div className={styles.figure} data-zero={zero} data-wide={wide}>
      <dt>
        {tone && <Glyph tone={tone} size={12} />}
        {name}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
