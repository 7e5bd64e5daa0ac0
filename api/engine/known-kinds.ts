import type { Clock } from '../../domain/engine/clock.js';
import { MigrationWatch } from '../migration-watch.js';
import { Problem } from '../http/problems.js';
import type { MigrationRef } from '../../domain/engine/migration-ref.js';
import type { ApiKind } from './kind.js';

/** A kind that this API does not serve. */
export interface KindOff {
  /** A sentence that names what is missing. */
  readonly off: string;
}

/** A kind, and the watch that is shared by all streams of its migrations. */
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

  /** Notifies the watchers of a migration whose status has changed. */
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
    const why = off === undefined ? 'There is no such kind of migration.' : `The kind ${name} is off: ${off}`;
    throw new Problem('not-found', `${why} The kinds that are on: ${[...this.#served.keys()].join(', ')}.`);
  }
}
