import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './crumbs.module.css';

interface CrumbsProps {
  /** Links to what this belongs to, from the outside in. */
  readonly above: readonly ReactNode[];
  readonly children: ReactNode;
}

/** Where a screen is, above its title. */
export function Crumbs({ above, children }: CrumbsProps) {
  return (
    <nav aria-label="Breadcrumb" className={styles.crumbs}>
      {above.map((link, place) => (
        <span key={place}>
          {link}
          <ChevronRight size={12} aria-hidden />
        </span>
      ))}
      <span>{children}</span>
    </nav>
  );
}
