import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type AlertDestinations, alertDestinations } from '../../../cli/worker/alert-destinations.js';
import { alertRound, type KeepAlerts } from '../../../cli/worker/keep-alerts.js';
import type { AlertCondition } from '../../../domain/engine/alerts/alert.js';
import { systemClock } from '../../../gateways/clock.js';
import { type FreshStore, freshStore } from '../../gateways/store/fresh-store.js';

export const secretOf = (text: string) => `whsec_${Buffer.from(text.padEnd(32, '.')).toString('base64')}`;
export const [OLD, NEW] = [secretOf('the old secret'), secretOf('the new secret')] as const;

/** Something that needs a person. */
export const thing = (key: string): AlertCondition => ({
  ...{ key, sort: 'porting', title: 'Ports that failed', subject: 'acc_1', unit: '', what: `port ${key}` },
  ...{ type: null, count: 1, since: '2026-03-01T10:00:00.000Z', next_step: 'Fix it.' },
  command: 'carryover retry acc_1',
});

interface Posted {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A store, a receiver of /webhook and /slack, and what needs a person. */
class AlertWorld {
  store!: FreshStore;
  posted: Posted[] = [];
  /** The receiver's. */
  answer: { status: number; headers?: Record<string, string> } = { status: 204 };
  found: AlertCondition[] = [];
  undelivered: Record<string, number> = {};
  warned: string[] = [];
  readonly #receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      this.posted.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(this.answer.status, this.answer.headers).end('said');
    });
  });

  async open(): Promise<void> {
    this.store = await freshStore();
    await new Promise<void>((resolve) => this.#receiver.listen(0, '127.0.0.1', resolve));
  }

  async clear(): Promise<void> {
    [this.posted, this.found, this.undelivered, this.warned] = [[], [], {}, []];
    this.answer = { status: 204 };
    await this.store.pool.query(
      'TRUNCATE carryover.alerts, carryover.alert_deliveries, carryover.alert_looks',
    );
  }

  async close(): Promise<void> {
    this.#receiver.closeAllConnections();
    this.#receiver.close();
    await this.store.close();
  }

  at(path: string): string {
    return `http://127.0.0.1:${(this.#receiver.address() as AddressInfo).port}${path}`;
  }

  /** Of a worker with the webhook, unless others are given. */
  options(given: Partial<AlertDestinations> = {}): KeepAlerts {
    return {
      pool: this.store.control,
      sources: {
        conversations: { flickering: ['following'], find: async () => this.found },
        inbox: undefined,
      },
      destinations: alertDestinations({
        webhook: { url: this.at('/webhook'), secrets: [NEW, OLD] },
        slackWebhookUrl: undefined,
        publicUrl: 'https://carryover.example',
        clock: systemClock,
        ...given,
      }),
      logger: {
        debug: () => undefined,
        info: () => undefined,
        warn: (...said: unknown[]) => void this.warned.push(String(said[1])),
      },
      clock: systemClock,
      metrics: { alertsUndelivered: (name, count) => void (this.undelivered[name] = count) },
    };
  }

  /** As if the time until the next look and the next tries had passed. */
  async timePasses(): Promise<void> {
    await this.lookIsDue();
    await this.store.pool.query(
      `UPDATE carryover.alert_deliveries SET next_try_at = now() - interval '1 second' WHERE sent_at IS NULL`,
    );
  }

  async lookIsDue(): Promise<void> {
    await this.store.pool.query(`UPDATE carryover.alert_looks SET due_at = now() - interval '1 second'`);
  }

  /** Another round after that time. */
  async later(options = this.options()): Promise<void> {
    await this.timePasses();
    await this.now(options);
  }

  async now(options = this.options()): Promise<void> {
    await alertRound(options, new AbortController().signal);
  }

  /** The webhooks' contents: the `what` of raised alerts, and resolutions likewise. */
  get told(): string[] {
    return this.#bodies.map(({ type, data }) =>
      type === 'alert.raised' ? data.what : `${data.what} ${type.replace('alert.', '')}`,
    );
  }

  /** The id by which receivers distinguish alerts. */
  get alertIds(): string[] {
    return this.#bodies.map(({ data }) => data.id);
  }

  get #bodies() {
    return this.posted.map(
      ({ body }) => JSON.parse(body) as { type: string; data: { id: string; what: string } },
    );
  }

  get ids(): string[] {
    return this.posted.map(({ headers }) => String(headers['webhook-id']));
  }
}

export function alertWorld(): AlertWorld {
  const world = new AlertWorld();
  beforeAll(() => world.open());
  beforeEach(() => world.clear());
  afterAll(() => world.close());
  return world;
}
