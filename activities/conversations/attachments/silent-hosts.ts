import type { Clock } from '../../../domain/engine/clock.js';
import { URL_HOST } from '../../../gateways/store/conversations/attachments/attachments.js';

/** For how long a host that did not answer in time comes after the others. */
const SILENT_MS = 15 * 60_000;

/** Hosts that did not answer in time, as their URLs write them. What waits for one of them is not to hold up the files of others. */
export class SilentHosts {
  readonly #until = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** What a try has shown of the URL's host. */
  note(url: string, silent: boolean): void {
    const host = hostOf(url);
    this.#until.delete(host);
    if (silent) this.#until.set(host, this.clock.now() + SILENT_MS);
  }

  has(url: string): boolean {
    return (this.#until.get(hostOf(url)) ?? 0) > this.clock.now();
  }

  /** All of them, e.g. `https://files.example.com`. */
  list(): string[] {
    const now = this.clock.now();
    for (const [host, until] of this.#until) if (until <= now) this.#until.delete(host);
    return [...this.#until.keys()];
  }
}

const HOST = new RegExp(URL_HOST);

/** As the URL writes it, with its scheme; empty where it names none. */
export function hostOf(url: string): string {
  return HOST.exec(url)?.[0] ?? '';
}
