import type { Faker } from '@faker-js/faker';
import type { ThreadKind } from '../contract.js';
import { written, WAYS_OF_WRITING, type NumberBook } from './numbers.js';
import { mix, unit } from './random.js';

/** A contact: who it is, and how threads of each kind name it. */
export interface Person {
  name: string;
  c2(kind: ThreadKind): string;
}

/** The same index is the same person, in whatever thread. */
export function personOf(
  faker: Faker,
  numbers: NumberBook,
  seed: number,
  tag: string,
  index: number,
): Person {
  faker.seed(mix(seed, 30, index));
  const first = faker.person.firstName();
  const last = faker.person.lastName();
  const handle = `${first}.${last}`.toLowerCase().replace(/[^a-z.]/g, '');
  return {
    name: `${first} ${last}`,
    c2(kind) {
      switch (kind) {
        case 'sms':
        case 'void':
          return numbers.contact(index);
        case 'email':
          return `${handle}${index}@mail.example`;
        case 'chat':
          return `visitor-${tag}-${index.toString(36)}`;
        case 'social':
          return `@${handle}${index}`;
      }
    },
  };
}

/** Most programs write E.164, some do not. `rarity` is the share of those that do not. */
export function asSomebodyWroteIt(e164: string, seed: number, rarity: number): string {
  if (unit(seed, 31) >= rarity) return e164;
  const way = WAYS_OF_WRITING[1 + (mix(seed, 32) % (WAYS_OF_WRITING.length - 1))] ?? 'e164';
  return written(e164, way);
}
