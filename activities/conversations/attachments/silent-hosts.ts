import type { Clock } from '../../../domain/engine/clock.js';
import { URL_HOST } from '../../../gateways/store/conversations/attachments/attachments.js';

/** How long attachments of a host that timed out come after all others. */
const SILENT_MS = 15 * 60_000;

/** Hosts that timed out, as URLs write them. Waiting for one of them must not delay files of other hosts. */
export class SilentHosts {
  readonly #until = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Records whether the URL's host responded. */
  note(url: string, silent: boolean): void {
    const host = hostOf(url);
    this.#until.delete(host);
    if (silent) this.#until.set(host, this.clock.now() + SILENT_MS);
  }

  has(url: string): boolean {
    return (this.#until.get(hostOf(url)) ?? 0) > this.clock.now();
  }

  /** All silent hosts, e.g. `https://files.example.com`. */
  list(): string[] {
    const now = this.clock.now();
    for (const [host, until] of this.#until) if (until <= now) this.#until.delete(host);
    return [...this.#until.keys()];
  }
}

const HOST = new RegExp(URL_HOST);

/** The host as the URL writes it, with its scheme; empty when the URL names none. */
export function hostOf(url: string): string {
  return HOST.exec(url)?.[0] ?? '';
}
