import { Faker, base, en, type Randomizer } from '@faker-js/faker';

/** Hashes a list of integers to 32 bits: stateless, and the same for the same list. */
export function mix(...parts: number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** A number from 0 (inclusive) to 1 (exclusive). */
export function unit(...parts: number[]): number {
  return mix(...parts) / 0x1_0000_0000;
}

/** Hashes a text to 32 bits (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Faker with a random generator that is cheap to seed: every thread and contact gets its own seed, hundreds of thousands of times, and seeding
 * faker's Mersenne Twister takes 40 microseconds.
 */
export function createFaker(): Faker {
  let state = 0;
  const randomizer: Randomizer = {
    next() {
      state = (state + 0x9e3779b9) | 0;
      return mix(state) / 0x1_0000_0000;
    },
    seed(seed) {
      state = Array.isArray(seed) ? mix(...seed) : seed | 0;
    },
  };
  return new Faker({ locale: [en, base], randomizer });
}
