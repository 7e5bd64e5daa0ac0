import { ChevronDown } from 'lucide-react';
import { cx } from '../../words/cx.js';
import { Button } from '../controls/button.js';
import styles from './filter.module.css';
import { type Choice, Menu, MenuChoices } from '../controls/menu.js';

/** The look of a filter that is on. */
export const filterOn = styles.on;

interface FilterProps {
  readonly name: string;
  readonly value: string | undefined;
  readonly choices: readonly Choice<string>[];
  readonly onChoose: (value: string) => void;
}

/** A list's filter as a menu. Shows the chosen value. */
export function Filter({ name, value, choices, onChoose }: FilterProps) {
  const label = choices.find((choice) => choice.value === value)?.label ?? value;
  return (
    <Menu
      trigger={
        <Button className={cx(value !== undefined && filterOn)}>
          {value === undefined ? name : `${name}: ${label}`} <ChevronDown size={14} aria-hidden />
        </Button>
      }
    >
      <MenuChoices
        value={value ?? ''}
        choices={[{ value: '', label: `Any ${name.toLowerCase()}` }, ...choices]}
        onChoose={onChoose}
      />
    </Menu>
  );
}
