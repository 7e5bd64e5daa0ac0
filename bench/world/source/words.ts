import { unit } from '../../../dev/sample/generator/random.js';

const PLAIN = [
  'Could we move the appointment to next week, please? Tuesday at ten would be fine.',
  'Thanks!',
  'Yes, that works. See you then.',
  'Is the invoice for March already paid? I have not received a receipt yet.',
  'We are open from 8 to 17, and closed on public holidays.',
  'The technician will be there between two and four. Please make sure that somebody can open the door, and that the meter can be reached.',
  'ok',
  'I tried to call you "twice" this morning:\nnobody answered.',
] as const;

/** Accents, Cyrillic, right-to-left scripts, CJK, and emoji with modifiers and joiners. */
const UNICODE = [
  'Könnten wir den Termin auf nächste Woche verschieben? Gern früh – so gegen 8 Uhr.',
  'Très bien, à mardi à dix heures. Voilà l’adresse : 12, rue du Château.',
  'Можно перенести встречу на следующую неделю? Спасибо!',
  'האם אפשר להזיז את הפגישה לשבוע הבא? תודה רבה',
  'هل يمكننا تأجيل الموعد إلى الأسبوع القادم؟ شكرا جزيلا',
  '予約を来週の火曜日十時に変更していただけますか。よろしくお願いします。',
  '我们可以把预约改到下周二上午十点吗？谢谢。',
  '다음 주 화요일 10시로 예약을 변경할 수 있을까요?',
  '👍🏽 see you there 🎉🦷 👩‍👩‍👧',
] as const;

const NAMES = [
  'Person',
  'Kundin Größe',
  'Cliente Peña',
  'Клиент',
  'לקוח',
  'عميل',
  'お客様',
  '顧客',
  'Guest 🌻',
] as const;

/** The share of texts and names that are not all ASCII. */
const UNICODE_SHARE = 0.2;
const MOST_SENTENCES = 4;

/** A text of one to four sentences, a fifth of them in other scripts. */
export function bodyOf(seed: number, n: number): string {
  const language = unit(seed, n, 11) < UNICODE_SHARE ? UNICODE : PLAIN;
  const count = 1 + Math.floor(unit(seed, n, 12) * MOST_SENTENCES);
  const sentences = Array.from({ length: count }, (_, at) => pick(language, unit(seed, n, 13, at)));
  return sentences.join(' ');
}

export function nameOf(seed: number, n: number): string {
  const name = unit(seed, n, 14) < UNICODE_SHARE ? pick(NAMES, unit(seed, n, 15)) : NAMES[0];
  return `${name} ${n}`;
}

/** The entry at this place, given from 0 (inclusive) to 1 (exclusive). */
export function pick<Entry>(entries: readonly [Entry, ...Entry[]], place: number): Entry {
  return entries[Math.floor(place * entries.length)] ?? entries[0];
}
