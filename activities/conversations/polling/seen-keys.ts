/** Keys of all brands together that are remembered, of about 100 bytes each. */
const MOST_KEYS = 100_000;

/**
 * The keys that were found in what each poll reads again: those that were there before are no news. What is forgotten is applied once more, which changes
 * nothing.
 */
export class SeenKeys {
  /** Those last that were used last. */
  readonly #brands = new Map<string, ReadonlySet<string>>();
  #count = 0;

  constructor(private readonly most = MOST_KEYS) {}

  has(brandId: string, key: string): boolean {
    return this.#brands.get(brandId)?.has(key) === true;
  }

  /** Remembers these in place of the brand's. */
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
