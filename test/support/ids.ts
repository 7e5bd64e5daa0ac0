let tests = 0;

export interface Ids {
  readonly account: string;
  readonly brand: string;
  readonly channel: string;
  /** Of something else, by a name: it must be no other test's either. */
  readonly id: (name: string) => string;
}

/** Ids that no other test of the file has, to be taken before each. */
export function newIds(): Ids {
  tests += 1;
  const id = (name: string) => `${name}_${tests}`;
  return { account: id('acc'), brand: id('br'), channel: id('ch'), id };
}
