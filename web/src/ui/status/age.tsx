import { useNow } from '../../live/now.js';
import { ago, fullTime, since } from '../../words/times.js';

/** How long ago something was, or how long it has lasted; the exact time is its title. */
export function Age({ at, lasting = false }: { at: string; lasting?: boolean }) {
  const now = useNow();
  return (
    <time dateTime={at} title={fullTime(at)} className="figures">
      {lasting ? since(at, now) : ago(at, now)}
    </time>
  );
}
