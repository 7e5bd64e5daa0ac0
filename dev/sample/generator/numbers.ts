import { parsePhoneNumberWithError, type CountryCode } from 'libphonenumber-js';
import { mix } from './random.js';

/** Blocks of numbers by region: ranges reserved for fiction, or close to them if those are too small. */
interface NumberRange {
  region: CountryCode;
  contacts: string[];
  businesses: string[];
  /** The number of digits after a prefix. */
  freeDigits: number;
}

const CONTACT_AREAS =
  '201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 ' +
  '248 251 252 253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 ' +
  '315 316 317 318 319 320 321 323 325 330 331 334 336 337 339 347 351 352 360 361 386 401 402 404 405';
const BUSINESS_AREAS =
  '406 407 408 409 410 412 413 414 415 417 419 423 425 430 432 434 435 440 443 469 470 475 478 479 480 ' +
  '484 501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530 540 541 551 559 561 562 563';

const fiveFiveFive = (areas: string) => areas.split(' ').map((area) => `+1${area}555`);

const RANGES: Partial<Record<string, NumberRange>> = {
  US: {
    region: 'US',
    contacts: fiveFiveFive(CONTACT_AREAS),
    businesses: fiveFiveFive(BUSINESS_AREAS),
    freeDigits: 4,
  },
  GB: { region: 'GB', contacts: ['+4477009'], businesses: ['+4420794'], freeDigits: 5 },
  AU: { region: 'AU', contacts: ['+6149157', '+6149158'], businesses: ['+6125550'], freeDigits: 4 },
  DE: { region: 'DE', contacts: ['+4915231', '+4915232'], businesses: ['+493023'], freeDigits: 5 },
};

export interface NumberBook {
  region: CountryCode;
  /** An E.164 number, different for every index. */
  contact(index: number): string;
  business(index: number): string;
}

/** @throws RangeError for a locale whose region has no range of sample numbers */
export function numberBook(locale: string, seed: number): NumberBook {
  const range = RANGES[locale.split('-')[1] ?? ''];
  if (range === undefined) {
    const known = Object.keys(RANGES).join(', ');
    throw new RangeError(
      `locale ${locale}: sample numbers exist for the regions ${known}; take one like en-US`,
    );
  }
  return {
    region: range.region,
    contact: (index) => pickNumber(range.contacts, range.freeDigits, mix(seed, 1), index),
    business: (index) => pickNumber(range.businesses, range.freeDigits, mix(seed, 2), index),
  };
}

function pickNumber(prefixes: string[], freeDigits: number, start: number, index: number): string {
  const perPrefix = 10 ** freeDigits;
  if (index >= prefixes.length * perPrefix) {
    throw new RangeError(`this region has ${prefixes.length * perPrefix} sample numbers, not ${index + 1}`);
  }
  const place = (start + index) % prefixes.length;
  // 7919 is coprime to powers of ten, so every number of the block is used once before one repeats.
  const digits = (mix(start, place) + Math.floor(index / prefixes.length) * 7919) % perPrefix;
  return (prefixes[place] ?? '') + String(digits).padStart(freeDigits, '0');
}

export const WAYS_OF_WRITING = ['e164', 'international', 'national', 'digits', 'dashes', 'uri'] as const;
export type WayOfWriting = (typeof WAYS_OF_WRITING)[number];

/** A number in one of the formats that people and programs use. All mean the same number in its region. */
export function written(e164: string, way: WayOfWriting): string {
  if (way === 'e164') return e164;
  const number = parsePhoneNumberWithError(e164);
  switch (way) {
    case 'international':
      return number.formatInternational();
    case 'national':
      return number.formatNational();
    case 'digits':
      return number.formatNational().replace(/\D/g, '');
    case 'dashes':
      return number.formatInternational().replace(/ /g, '-');
    case 'uri':
      return number.getURI();
  }
}
