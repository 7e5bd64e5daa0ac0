import * as Tabs from '@radix-ui/react-tabs';
import { getRouteApi } from '@tanstack/react-router';
import { type ComponentType, Suspense, useEffect, useRef } from 'react';
import { type PanelProps, webKind } from '../kinds.js';
import { Glyph } from '../ui/status/glyph.js';
import { Skeleton } from '../ui/screen/states.js';
import { whole } from '../words/numbers.js';
import { CertificatePanel } from './certificate/panel.js';
import { MigrationFailures } from './failures-panel.js';
import { Overview } from './overview/overview.js';
import { Timeline } from './timeline.js';
import styles from './tabs.module.css';

interface Tab {
  readonly id: string;
  readonly name: string;
  readonly count?: number;
  /** Something in it needs attention; the count is unknown. */
  readonly needsAttention?: boolean;
  readonly Panel: ComponentType<PanelProps>;
}

const route = getRouteApi('/migrations/$kind/$key');

/** What all kinds have, and between it what the kind has besides. The open one is in the address. */
export function MigrationTabs(props: PanelProps) {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const tabs: readonly Tab[] = [
    { id: 'overview', name: 'Overview', Panel: Overview },
    { id: 'timeline', name: 'Timeline', Panel: Timeline },
    { id: 'failures', name: 'Failures', Panel: MigrationFailures, needsAttention: props.row.needs_attention },
    ...webKind(props.of.kind).tabs.map(({ id, name, count, Panel }): Tab => ({
      id,
      name,
      Panel,
      count: count?.(props.view) ?? 0,
    })),
    { id: 'certificate', name: 'Certificate', Panel: CertificatePanel },
  ];
  const open = tabs.find(({ id }) => id === tab) ?? tabs[0];
  const choose = (id: string) =>
    void navigate({ search: id === 'overview' ? {} : { tab: id }, replace: true, resetScroll: false });
  const list = useRef<HTMLDivElement>(null);
  // On narrow screens the open tab may lie outside.
  useEffect(() => {
    list.current
      ?.querySelector('[data-state=active]')
      ?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [open?.id]);
  return (
    <Tabs.Root value={open?.id ?? 'overview'} onValueChange={choose} activationMode="manual">
      <Tabs.List ref={list} className={styles.list} aria-label="About this migration">
        {tabs.map(({ id, name, count = 0, needsAttention = false }) => (
          <Tabs.Trigger key={id} value={id} className={styles.tab}>
            {name}
            {count > 0 && <span className={styles.count}>{whole(count)}</span>}
            {needsAttention && (
              <>
                <Glyph tone="failed" size={12} />
                <span className="visually-hidden">need attention</span>
              </>
            )}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {tabs.map(({ id, Panel }) => (
        <Tabs.Content key={id} value={id} className={styles.panel}>
          <Suspense fallback={<Skeleton lines={6} />}>
            <Panel {...props} />
          </Suspense>
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
