import { ChevronsUpDown, CircleUserRound, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuChoices, MenuItem, MenuLabel, MenuLine } from '../ui/controls/menu.js';
import { notify } from '../ui/screen/notices.js';
import { messageOf } from '../api/problems.js';
import { useSession, useSignOut } from './session.js';
import { chooseTheme, chosenTheme, type Theme } from './theme.js';
import styles from './account-menu.module.css';

const THEMES: readonly { value: Theme; label: string; Icon: typeof Sun }[] = [
  { value: 'system', label: 'As the system', Icon: Monitor },
  { value: 'light', label: 'Light', Icon: Sun },
  { value: 'dark', label: 'Dark', Icon: Moon },
];

/** Who is signed in and as what, the theme, and the way out. */
export function AccountMenu() {
  const { subject, role } = useSession();
  const [theme, setTheme] = useState(chosenTheme);
  const signOut = useSignOut();
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className={styles.trigger}
          aria-label={`${subject} ${role}: theme and sign-out`}
        >
          <span className={styles.who}>
            <span className={styles.subject}>{subject}</span> <span className={styles.role}>{role}</span>
          </span>
          <ChevronsUpDown size={14} aria-hidden className={styles.wide} />
          <CircleUserRound size={20} aria-hidden className={styles.narrow} />
        </button>
      }
    >
      <MenuLabel>Theme</MenuLabel>
      <MenuChoices
        value={theme}
        choices={THEMES}
        onChoose={(value) => {
          chooseTheme(value);
          setTheme(value);
        }}
      />
      <MenuLine />
      <MenuItem
        icon={<LogOut size={16} aria-hidden />}
        onChoose={() => void signOut().catch((error: unknown) => notify('failed', messageOf(error)))}
      >
        Sign out
      </MenuItem>
    </Menu>
  );
}
