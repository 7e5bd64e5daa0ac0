import type { Clock } from '../../domain/engine/clock.js';
import { MigrationWatch } from '../migration-watch.js';
import { Problem } from '../problems.js';
import type { MigrationRef } from '../../domain/engine/migration-ref.js';
import type { ApiKind } from './kind.js';

/** A kind that is not served here. */
export interface KindOff {
  /** A sentence that names what is missing. */
  readonly off: string;
}

/** A kind, and the watch that all streams of its migrations share. */
export interface ServedKind {
  readonly kind: ApiKind;
  readonly watch: MigrationWatch;
}

/** The kinds of migration that this API serves, and why it does not serve the others. */
export class KnownKinds {
  readonly #served = new Map<string, ServedKind>();
  readonly #off = new Map<string, string>();

  constructor(kinds: Readonly<Record<string, ApiKind | KindOff>>, clock: Clock) {
    for (const [name, kind] of Object.entries(kinds)) {
      if ('off' in kind) this.#off.set(name, kind.off);
      else
        this.#served.set(name, { kind, watch: new MigrationWatch({ clock, read: (key) => kind.read(key) }) });
    }
  }

  /** A migration's status has changed: its watchers are notified at once. */
  changed({ kind, subject }: MigrationRef): void {
    this.#served.get(kind)?.watch.changed(subject);
  }

  get all(): readonly ApiKind[] {
    return [...this.#served.values()].map(({ kind }) => kind);
  }

  /** Throws Problem 404 that names the kinds that are served. */
  of(name: string): ServedKind {
    const served = this.#served.get(name);
    if (served !== undefined) return served;
    const off = this.#off.get(name);
    const why =
      off === undefined ? 'There is no such kind of migration.' : `The kind ${name} is off here: ${off}`;
    throw new Problem('not-found', `${why} The kinds that are on: ${[...this.#served.keys()].join(', ')}.`);
  }
}
