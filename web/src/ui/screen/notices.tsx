import { X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { browserClock } from '../../clock.js';
import styles from './notices.module.css';
import { Glyph } from '../status/glyph.js';

interface Notice {
  readonly id: number;
  readonly tone: 'done' | 'failed';
  readonly words: string;
}

const SHOWN_MS = 6_000;
let notices: readonly Notice[] = [];
let count = 0;
const listeners = new Set<() => void>();

function change(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

function drop(id: number): void {
  change(notices.filter((notice) => notice.id !== id));
}

/** Says what a button has done. Successes go away by themselves; failures stay until they are closed. */
export function notify(tone: Notice['tone'], words: string): void {
  const id = (count += 1);
  change([...notices.slice(-2), { id, tone, words }]);
  if (tone === 'done') browserClock.after(SHOWN_MS, () => drop(id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notices);
  return (
    <div className={styles.notices} role="status" aria-live="polite">
      {shown.map(({ id, tone, words }) => (
        <div key={id} className={styles.notice}>
          <Glyph tone={tone} />
          <p>{words}</p>
          <button type="button" className={styles.close} onClick={() => drop(id)} aria-label="Close">
            <X size={16} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
