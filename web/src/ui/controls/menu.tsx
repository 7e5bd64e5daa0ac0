import * as Dropdown from '@radix-ui/react-dropdown-menu';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from '../../words/cx.js';
import styles from './menu.module.css';

interface MenuProps {
  /** A button. */
  readonly trigger: ReactNode;
  readonly align?: 'start' | 'end';
  readonly children: ReactNode;
}

/** Not modal: a modal menu would inject a style element to lock scrolling, which the content security policy forbids. */
export function Menu({ trigger, align = 'start', children }: MenuProps) {
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content className={styles.content} align={align} sideOffset={4} collisionPadding={8} loop>
          {children}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}

interface MenuItemProps {
  readonly icon?: ReactNode;
  readonly danger?: boolean;
  readonly onChoose: () => void;
  readonly children: ReactNode;
}

export function MenuItem({ icon, danger, onChoose, children }: MenuItemProps) {
  return (
    <Dropdown.Item className={cx(styles.item, danger && styles.danger)} onSelect={onChoose}>
      {icon}
      {children}
    </Dropdown.Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Dropdown.Label className={styles.label}>{children}</Dropdown.Label>;
}

export function MenuLine() {
  return <Dropdown.Separator className={styles.line} />;
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly Icon?: (props: { size?: number; 'aria-hidden'?: boolean }) => ReactNode;
  readonly icon?: ReactNode;
  readonly count?: string;
}

interface MenuChoicesProps<Value extends string> {
  readonly value: Value;
  readonly choices: readonly Choice<Value>[];
  readonly onChoose: (value: Value) => void;
}

/** One of several; the chosen one is ticked. */
export function MenuChoices<Value extends string>({ value, choices, onChoose }: MenuChoicesProps<Value>) {
  return (
    <Dropdown.RadioGroup value={value} onValueChange={(next) => onChoose(next as Value)}>
      {choices.map(({ value, label, Icon, icon, count }) => (
        <Dropdown.RadioItem key={value} value={value} className={styles.item}>
          {Icon ? <Icon size={16} aria-hidden /> : icon}
          <span className={styles.words}>{label}</span>
          {count !== undefined && <span className={styles.count}>{count}</span>}
          <span className={styles.tick}>
            <Dropdown.ItemIndicator>
              <Check size={16} aria-hidden />
            </Dropdown.ItemIndicator>
          </span>
        </Dropdown.RadioItem>
      ))}
    </Dropdown.RadioGroup>
  );
}
