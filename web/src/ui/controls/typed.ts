import { useEffect, useEffectEvent, useState } from 'react';
import { browserClock } from '../../clock.js';

const TYPING_MS = 250;

/** The text of a field whose value is kept elsewhere. The value follows once typing stops for a moment. */
export function useTyped(value: string, onChange: (value: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    if (text.trim() !== value) setText(value);
  }
  const change = useEffectEvent(() => onChange(text.trim()));
  useEffect(
    () => (text.trim() === value ? undefined : browserClock.after(TYPING_MS, () => change())),
    [text, value],
  );
  return [text, setText];
}
