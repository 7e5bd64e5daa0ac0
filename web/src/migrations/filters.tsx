import { Search, TriangleAlert, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ListFilter } from '../api/queries.js';
import type { Kind, Summary } from '../api/types.js';
import { Button } from '../ui/controls/button.js';
import { Filter, filterOn } from '../ui/table/filter.js';
import { Glyph } from '../ui/status/glyph.js';
import { inputClass } from '../ui/controls/field.js';
import { useTyped } from '../ui/controls/typed.js';
import { cx } from '../words/cx.js';
import { whole } from '../words/numbers.js';
import { inWords, toneOf } from '../words/statuses.js';
import styles from './filters.module.css';

interface FiltersProps {
  readonly filter: ListFilter;
  readonly kinds: readonly Kind[];
  readonly summary: Summary | undefined;
  readonly onChange: (filter: ListFilter) => void;
}

/** The filters are the address's, so that a view can be kept and sent to others. */
export function Filters({ filter, kinds, summary, onChange }: FiltersProps) {
  const set = (name: keyof ListFilter, value: string) => {
    const { [name]: _, ...others } = filter;
    onChange(value === '' ? others : { ...others, [name]: value });
  };
  const chosen = kinds.filter(({ kind }) => filter.kind === undefined || kind === filter.kind);
  const statuses = [...new Set(chosen.flatMap(({ statuses }) => statuses))];
  const phases = [...new Set(chosen.flatMap(({ phases }) => phases))];
  const count = (status: string) =>
    (summary?.by_status ?? [])
      .filter((entry) => entry.status === status && (filter.kind === undefined || entry.kind === filter.kind))
      .reduce((sum, { count: n }) => sum + n, 0);
  const active = Object.keys(filter).length > 0;
  return (
    <search className={styles.filters}>
      <SearchBox value={filter.q ?? ''} onChange={(q) => set('q', q)} />
      {kinds.length > 1 && (
        <Filter
          name="Kind"
          value={filter.kind}
          choices={kinds.map(({ kind, name }) => ({ value: kind, label: name }))}
          onChoose={(kind) => set('kind', kind)}
        />
      )}
      <Filter
        name="Status"
        value={filter.status}
        choices={statuses
          .filter((status) => summary === undefined || count(status) > 0 || status === filter.status)
          .map((status) => ({
            value: status,
            label: inWords(status),
            icon: <Glyph tone={toneOf(status)} />,
            ...(summary && { count: whole(count(status)) }),
          }))}
        onChoose={(status) => set('status', status)}
      />
      <Filter
        name="Phase"
        value={filter.phase}
        choices={phases.map((phase) => ({ value: phase, label: inWords(phase) }))}
        onChoose={(phase) => set('phase', phase)}
      />
      <Button
        aria-pressed={filter.needs_attention === 'true'}
        className={cx(filter.needs_attention && filterOn)}
        onClick={() => set('needs_attention', filter.needs_attention ? '' : 'true')}
      >
        <TriangleAlert size={14} aria-hidden /> Needs attention
      </Button>
      {active && (
        <Button look="quiet" onClick={() => onChange({})}>
          <X size={14} aria-hidden /> Clear
        </Button>
      )}
    </search>
  );
}

function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useTyped(value, onChange);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <div className={styles.search}>
      <Search size={16} aria-hidden />
      <input
        ref={input}
        type="search"
        className={inputClass}
        aria-label="Search by name or id"
        aria-keyshortcuts="/"
        placeholder="Name or id"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <kbd aria-hidden>/</kbd>
    </div>
  );
}
