import type { Faker } from '@faker-js/faker';
import { CALL_NOTES, CORRECTIONS, SCENARIOS, VOICEMAILS, type Speaker, type Step } from './scenarios.js';
import type { Trade } from './trades.js';

/** The two sides of a thread, and the source of its `{words}`. */
export interface Cast {
  brand: string;
  trade: Trade;
  agents: string[];
  contact: string;
  /** E-mails are worded more carefully than texts. */
  isFormal: boolean;
  /** Mentioned dates are close to this, in milliseconds since 1970. */
  around: number;
}

export interface Line {
  speaker: Speaker;
  text: string;
}

// prettier-ignore
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'tomorrow', 'next Monday', 'next Friday'];
const THINGS = [
  'umbrella',
  'scarf',
  'jacket',
  'water bottle',
  'phone charger',
  'notebook',
  'key ring',
  'lunch box',
];
const COLOURS = ['blue', 'dark green', 'red', 'black', 'yellow', 'grey', 'striped', 'light brown'];
const RELATIVES = [
  'sister',
  'husband',
  'wife',
  'father',
  'mother-in-law',
  'flatmate',
  'neighbour',
  'daughter',
];
const OPENERS = [
  'Hi, ',
  'Hello! ',
  'Hey, ',
  'Good morning, ',
  'Hi {agent}, ',
  'Sorry to bother you. ',
  'Quick one: ',
];
const CLOSERS = [
  ' 😊',
  ' 👍',
  ' Thanks!',
  ' Best, {person}',
  ' 🙏',
  ' – {person}',
  ' Grüße aus {city}!',
  ' ¡Gracias!',
  ' 谢谢',
  ' 👨‍👩‍👧',
];
const DAY = 86_400_000;

type Words = Map<string, string>;

/** Generates an endless conversation: exchanges one after the other, each with its own words. */
export function* conversation(faker: Faker, cast: Cast): Generator<Line, never> {
  for (;;) {
    const words: Words = new Map();
    for (const [speaker, ways] of faker.helpers.arrayElement<readonly Step[]>(SCENARIOS)) {
      const plain = faker.helpers.arrayElement(ways);
      const said = cast.isFormal ? plain : decorate(faker, speaker, plain);
      yield { speaker, text: fill(faker, cast, words, said) };
    }
  }
}

export const voicemailText = (faker: Faker, cast: Cast): string =>
  fill(faker, cast, new Map(), faker.helpers.arrayElement(VOICEMAILS));

export const callNoteText = (faker: Faker, cast: Cast): string =>
  fill(faker, cast, new Map(), faker.helpers.arrayElement(CALL_NOTES));

/** What somebody adds to a message that is already sent. */
export const correctionText = (faker: Faker, cast: Cast): string =>
  fill(faker, cast, new Map(), faker.helpers.arrayElement(CORRECTIONS));

/** The subject of an e-mail thread, the same for all its mails. */
export function subjectOf(cast: Cast, seed: number): string {
  const subjects = [
    ...cast.trade.services,
    ...cast.trade.goods.map((item) => `your ${item}`),
    'your invoice',
    'your visit',
  ];
  const subject = subjects[seed % subjects.length] ?? '';
  return `${subject.charAt(0).toUpperCase()}${subject.slice(1)} (${1_000 + (seed % 9_000)})`;
}

/** The line, worded as an e-mail. */
export function asEmail(faker: Faker, cast: Cast, line: Line): string {
  const first = cast.contact.split(' ')[0] ?? cast.contact;
  const [from, to] = line.speaker === 'in' ? [cast.contact, cast.brand] : [cast.brand, first];
  const greeting = faker.helpers.arrayElement(['Dear', 'Hello', 'Hi', 'Good day']);
  const closing = faker.helpers.arrayElement(['Best regards', 'Kind regards', 'Many thanks', 'All the best']);
  return `${greeting} ${to},\n\n${line.text}\n\n${closing}\n${from}`;
}

function decorate(faker: Faker, speaker: Speaker, text: string): string {
  if (speaker !== 'in' && speaker !== 'out') return text;
  const chance = faker.number.float();
  if (chance < 0.24) {
    const opener = faker.helpers.arrayElement(OPENERS);
    return opener + (opener.endsWith(', ') && !/^I\b/.test(text) ? lowered(text) : text);
  }
  if (chance < 0.5) return text + faker.helpers.arrayElement(CLOSERS);
  if (chance < 0.56) return lowered(text);
  return text;
}

const lowered = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function fill(faker: Faker, cast: Cast, words: Words, text: string): string {
  return text.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const known = words.get(name);
    if (known !== undefined) return known;
    const word = draw(faker, cast, name);
    words.set(name, word);
    return word;
  });
}

function draw(faker: Faker, cast: Cast, name: string): string {
  const pick = (from: readonly string[]) => faker.helpers.arrayElement(from);
  switch (name) {
    case 'service':
      return pick(cast.trade.services);
    case 'item':
      return pick(cast.trade.goods);
    case 'place':
      return pick(cast.trade.places);
    case 'brand':
      return cast.brand;
    case 'agent':
      return pick(cast.agents);
    case 'person':
      return cast.contact;
    case 'day':
      return pick(DAYS);
    case 'time':
    case 'time2':
      return `${faker.number.int({ min: 8, max: 19 })}:${pick(['00', '15', '30', '45'])}`;
    case 'amount':
      return `$${faker.number.int({ min: 12, max: 400 })}.${pick(['00', '50', '90', '99'])}`;
    case 'amount2':
      return `$${faker.number.int({ min: 401, max: 1900 })}.${pick(['00', '50', '90', '99'])}`;
    case 'ref':
      return `${pick(['R', 'INV', 'A', 'NO'])}-${faker.number.int({ min: 10_000, max: 999_999 })}`;
    case 'date':
      return new Date(cast.around - faker.number.int({ min: 1, max: 40 }) * DAY).toISOString().slice(0, 10);
    case 'number':
      return String(faker.number.int({ min: 2, max: 25 }));
    case 'street':
      return faker.location.streetAddress();
    case 'city':
      return faker.location.city();
    case 'thing':
      return pick(THINGS);
    case 'colour':
      return pick(COLOURS);
    case 'relative':
      return pick(RELATIVES);
    default:
      throw new Error(`no words for {${name}} in a scenario`);
  }
}
