import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CountryCode } from 'libphonenumber-js/max';

/** Threads of an account repeat the same few numbers, and parsing one takes microseconds. */
const REMEMBERED = 50_000;
const remembered = new Map<string, string | null>();

/** Longer text is not a phone number in any notation. */
const LONGEST = 250;

/**
 * The region (`US`) for national numbers of an account with this locale (`en-US`, `en_US`, `en`). Undefined if the locale names none: only
 * international numbers are recognized then.
 */
export function regionOf(locale: unknown): string | undefined {
  if (typeof locale !== 'string') return undefined;
  try {
    // POSIX locales append an encoding or a variant to the region: en_US.UTF-8, ca_ES@valencia.
    const [tag = ''] = locale.trim().split(/[.@]/);
    const region = new Intl.Locale(tag.replaceAll('_', '-')).maximize().region;
    return region !== undefined && isSupportedCountry(region) ? region : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Numbers of the North American plan in E.164. Any ten digits after +1 are possible and already in E.164, so they need no parsing, which takes ten
 * microseconds.
 */
const NORTH_AMERICAN = /^\+1[2-9]\d{9}$/;

/**
 * The E.164 form of a phone number in any notation, if it is possible; it need not be assigned. Null for other text: names, short codes, numbers with
 * an extension.
 */
export function identityOf(text: string, region: string | undefined): string | null {
  if (text.length > LONGEST) return null;
  if (NORTH_AMERICAN.test(text)) return text;
  const key = `${region ?? ''}\n${text}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;

  const identity = parse(text, region);
  if (remembered.size >= REMEMBERED) forgetOldest();
  remembered.set(key, identity);
  return identity;
}

const E164 = /^\+[1-9]\d{1,14}$/;

/** A channel's phone number. Unlike those of threads it must be written as E.164; undefined if it is not, or is impossible. */
export function phoneNumberOf(text: string): string | undefined {
  return E164.test(text) ? (identityOf(text, undefined) ?? undefined) : undefined;
}

function parse(text: string, region: string | undefined): string | null {
  const number = parsePhoneNumberFromString(plainNotation(text), {
    extract: false,
    ...(region === undefined ? {} : { defaultCountry: region as CountryCode }),
  });
  return number && number.ext === undefined && number.isPossible() ? number.number : null;
}

/** Removes invisible direction marks, which address books leave around numbers, and the scheme of a `tel:` URI without a context. */
function plainNotation(text: string): string {
  const visible = text.replace(/\p{Cf}/gu, '').trim();
  if (!/^tel:/i.test(visible)) return visible;
  const number = visible.slice('tel:'.length).trim();
  return /;phone-context=/i.test(number) ? `tel:${number}` : number;
}

function forgetOldest(): void {
  for (const key of remembered.keys()) {
    remembered.delete(key);
    return;
  }
}
