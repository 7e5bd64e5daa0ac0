import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { CircleAlert, Cpu, History, Rows3, Waves } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { summaryQuery } from '../api/queries.js';
import { ConnectionBanner, ConnectionMark } from '../live/connection.js';
import { whole } from '../words/numbers.js';
import { Notices } from '../ui/screen/notices.js';
import { AccountMenu } from './account-menu.js';
import { Logo } from './logo.js';
import styles from './shell.module.css';

const PLACES = [
  { to: '/migrations', name: 'Migrations', Icon: Rows3 },
  { to: '/waves', name: 'Waves', Icon: Waves },
  { to: '/failures', name: 'Failures', Icon: CircleAlert },
  { to: '/audit', name: 'Audit', Icon: History },
  { to: '/system', name: 'System', Icon: Cpu },
] as const;

export function Shell({ children }: { children: ReactNode }) {
  const { data: summary } = useQuery(summaryQuery);
  const main = useFocusAfterNavigation();
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        Skip to content
      </a>
      <header className={styles.side}>
        <Link to="/migrations" className={styles.brand}>
          <Logo /> Carryover
        </Link>
        <nav aria-label="Main" className={styles.nav}>
          {PLACES.map(({ to, name, Icon }) => (
            <Link key={to} to={to} className={styles.place} activeOptions={{ includeSearch: false }}>
              <Icon size={16} aria-hidden />
              <span>{name}</span>
              {to === '/failures' && summary !== undefined && summary.failed > 0 && (
                <span className={styles.count} aria-label={`${whole(summary.failed)} migrations have failed`}>
                  {whole(summary.failed)}
                </span>
              )}
            </Link>
          ))}
        </nav>
        <div className={styles.foot}>
          <ConnectionMark />
          <AccountMenu />
        </div>
      </header>
      <div className={styles.content}>
        <ConnectionBanner />
        <main id="main" ref={main} tabIndex={-1} className={styles.main}>
          {children}
        </main>
      </div>
      <Notices />
    </div>
  );
}

/** A new screen is announced from its start; filters in the address leave the focus where it is. */
function useFocusAfterNavigation() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}
