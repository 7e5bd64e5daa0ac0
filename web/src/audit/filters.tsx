import { Field } from '../ui/controls/field.js';
import { Filter } from '../ui/table/filter.js';
import { useTyped } from '../ui/controls/typed.js';
import { inWords } from '../words/statuses.js';
import styles from './screen.module.css';
import { ACTIONS, type AuditSearch, auditSearch } from './search.js';

interface AuditFiltersProps {
  readonly filter: AuditSearch;
  readonly onChange: (filter: AuditSearch) => void;
}

/** Days are those of the browser's time zone. */
export function AuditFilters({ filter, onChange }: AuditFiltersProps) {
  const set = (name: keyof AuditSearch, value: string) => {
    const { [name]: _, ...others } = filter;
    onChange(auditSearch({ ...others, [name]: value }));
  };
  return (
    <search className={styles.filters}>
      <Text label="Who" value={filter.by ?? ''} onChange={(value) => set('by', value)} />
      <div className={styles.action}>
        <Filter
          name="What"
          value={filter.action}
          choices={ACTIONS.map((action) => ({ value: action, label: inWords(action) }))}
          onChoose={(value) => set('action', value)}
        />
      </div>
      <Text label="Migration" value={filter.key ?? ''} onChange={(value) => set('key', value)} />
      <Field
        label="From"
        type="date"
        value={dayOf(filter.from)}
        onChange={({ target }) => set('from', startOf(target.value))}
      />
      <Field
        label="Until"
        type="date"
        value={dayOf(filter.to, -1)}
        onChange={({ target }) => set('to', startOf(target.value, 1))}
      />
    </search>
  );
}

function Text({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const [text, setText] = useTyped(value, onChange);
  return (
    <Field
      label={label}
      type="search"
      value={text}
      onChange={({ target }) => setText(target.value)}
      placeholder="any"
      spellCheck={false}
      autoComplete="off"
    />
  );
}

/** The moment at which a day begins, or the one after it: `Until` includes its day. */
function startOf(day: string, later = 0): string {
  if (day === '') return '';
  const start = new Date(`${day}T00:00:00`);
  start.setDate(start.getDate() + later);
  return start.toISOString();
}

function dayOf(at: string | undefined, later = 0): string {
  if (at === undefined) return '';
  const date = new Date(at);
  date.setDate(date.getDate() + later);
  return Number.isNaN(date.getTime()) ? '' : new Intl.DateTimeFormat('sv-SE').format(date);
}
