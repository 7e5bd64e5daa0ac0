import type { Faker } from '@faker-js/faker';
import type { ThreadKind } from '../contract.js';
import { written, WAYS_OF_WRITING, type NumberBook } from './numbers.js';
import { mix, unit } from './random.js';

/** A contact, and its identity in threads of each kind. */
export interface Person {
  name: string;
  c2(kind: ThreadKind): string;
}

/** The person with this index, the same in every thread. */
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

/** The number in E.164 or, for the share `rarity`, in another format. */
export function asSomebodyWroteIt(e164: string, seed: number, rarity: number): string {
  if (unit(seed, 31) >= rarity) return e164;
  const way = WAYS_OF_WRITING[1 + (mix(seed, 32) % (WAYS_OF_WRITING.length - 1))] ?? 'e164';
  return written(e164, way);
}
