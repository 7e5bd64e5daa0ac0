/** The most keys that are remembered for all brands together, of about 100 bytes each. */
const MOST_KEYS = 100_000;

/**
 * Remembers the keys in the range that each poll reads again, so that they are not news twice. A forgotten key is applied once more, which changes
 * nothing.
 */
export class SeenKeys {
  /** In the order of use, most recent last. */
  readonly #brands = new Map<string, ReadonlySet<string>>();
  #count = 0;

  constructor(private readonly most = MOST_KEYS) {}

  has(brandId: string, key: string): boolean {
    return this.#brands.get(brandId)?.has(key) === true;
  }

  /** Replaces the brand's keys. */
  replace(brandId: string, keys: ReadonlySet<string>): void {
    this.#forget(brandId);
    if (keys.size === 0) return;
    this.#brands.set(brandId, keys);
    this.#count += keys.size;
    for (const oldest of this.#brands.keys()) {
      if (this.#count <= this.most) break;
      this.#forget(oldest);
    }
  }

  #forget(brandId: string): void {
    this.#count -= this.#brands.get(brandId)?.size ?? 0;
    this.#brands.delete(brandId);
  }
}
