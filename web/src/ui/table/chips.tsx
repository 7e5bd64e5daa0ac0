import { cx } from '../../words/cx.js';
import { whole } from '../../words/numbers.js';
import styles from './chips.module.css';

interface ChipsProps<Id extends string> {
  readonly label: string;
  readonly chips: readonly { readonly id: Id; readonly name: string; readonly count: number }[];
  readonly chosen: Id;
  readonly onChoose: (id: Id) => void;
}

/** One chip for each category of the list below, with its count; one is selected. */
export function Chips<Id extends string>({ label, chips, chosen, onChoose }: ChipsProps<Id>) {
  return (
    <ul className={styles.chips} aria-label={label}>
      {chips.map(({ id, name, count }) => (
        <li key={id}>
          <button
            type="button"
            className={cx(styles.chip, id === chosen && styles.on)}
            aria-pressed={id === chosen}
            onClick={() => onChoose(id)}
          >
            <strong className="figures">{whole(count)}</strong> {name}
          </button>
        </li>
      ))}
    </ul>
  );
}
