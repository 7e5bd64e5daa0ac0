import { type ReactNode, useId } from 'react';
import styles from './choices.module.css';
import { fieldClass, hintClass, inputClass } from './field.js';

interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

interface ChoicesProps<Value extends string> {
  readonly legend: string;
  readonly value: Value;
  readonly choices: readonly Choice<Value>[];
  readonly onChoose: (value: Value) => void;
}

/** One of a few, all of which are seen. */
export function Choices<Value extends string>({ legend, value, choices, onChoose }: ChoicesProps<Value>) {
  const name = useId();
  return (
    <fieldset className={styles.choices}>
      <legend>{legend}</legend>
      {choices.map(({ value: each, label }) => (
        <label key={each}>
          <input type="radio" name={name} checked={each === value} onChange={() => onChoose(each)} /> {label}
        </label>
      ))}
    </fieldset>
  );
}

interface SelectProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly choices: readonly Choice<Value>[];
  readonly onChoose: (value: Value) => void;
  readonly hint?: ReactNode;
}

/** One of many, in the browser's own list. */
export function Select<Value extends string>({ label, value, choices, onChoose, hint }: SelectProps<Value>) {
  const id = useId();
  return (
    <div className={fieldClass}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className={inputClass}
        value={value}
        onChange={({ target }) => onChoose(target.value as Value)}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      >
        {choices.map(({ value: each, label: words }) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <p id={`${id}-hint`} className={hintClass}>
          {hint}
        </p>
      )}
    </div>
  );
}
