import { Check, Copy as CopyIcon } from 'lucide-react';
import { useState } from 'react';
import { browserClock } from '../../clock.js';
import styles from './copy.module.css';

const SHOWN_MS = 1_500;

interface CopyProps {
  readonly text: string;
  readonly label: string;
  /** Where it fills the line and may be long. */
  readonly block?: boolean;
}

/** A text to be used elsewhere, and the button that copies it. */
export function Copy({ text, label, block = false }: CopyProps) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    // Without https there is no clipboard: the text can still be selected.
    void navigator.clipboard?.writeText(text).then(() => {
      setCopied(true);
      browserClock.after(SHOWN_MS, () => setCopied(false));
    });
  };
  return (
    <span className={styles.copy} data-block={block}>
      <code>{text}</code>
      <button type="button" onClick={copy} aria-label={copied ? 'Copied' : label} title={label}>
        {copied ? <Check size={14} aria-hidden /> : <CopyIcon size={14} aria-hidden />}
      </button>
    </span>
  );
}
