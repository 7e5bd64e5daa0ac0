import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { alerts as alertsCheck } from '../../../cli/doctor/checks/alerts.js';
import { keepAlerts } from '../../../cli/worker/keep-alerts.js';
import type { AlertCondition } from '../../../domain/engine/alerts/alert.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { findings } from '../doctor/doctor.js';
import { alertWorld, NEW, OLD, secretOf, thing } from './alert-world.js';

const world = alertWorld();

describe('a webhook', () => {
  it('is signed according to the standard, with each of the secrets, and only about problems that need a person', async () => {
    world.found = [thing('a')];
    await world.later();
    const { headers, body } = world.posted[0]!;
    const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    for (const secret of [OLD, NEW])
      expect(new Webhook(secret).verify(body, given)).toMatchObject({
        type: 'alert.raised',
        data: {
          id: headers['webhook-id'],
          what: 'port a',
          command: 'carryover retry acc_1',
          url: 'https://carryover.example/migrations/conversations/acc_1',
        },
      });
    expect(() => new Webhook(secretOf('a forger')).verify(body, given)).toThrow('No matching signature');
    expect(headers['content-type']).toBe('application/json');
    expect(world.undelivered).toEqual({ webhook: 0 });
  });

  it('is sent once for each problem until it is resolved, and once more when it has come back', async () => {
    world.found = [thing('a'), thing('b')];
    await world.later();
    await world.later();
    expect(world.told).toEqual(['port a', 'port b']);
    world.found = [thing('b')];
    await world.later();
    await world.later();
    expect(world.told).toEqual(['port a', 'port b', 'port a resolved']);
    world.found = [thing('a'), thing('b')];
    await world.later();
    expect(world.told).toEqual(['port a', 'port b', 'port a resolved', 'port a']);
    expect(new Set(world.ids).size).toBe(4);
    const [first, , resolved, again] = world.alertIds;
    expect([resolved === first, again === first]).toEqual([true, false]);
  });

  it('is retried with the same id and body until it is accepted, after growing waits', async () => {
    world.found = [thing('a')];
    world.answer = { status: 503 };
    const waits: number[] = [];
    for (let tries = 1; tries <= 3; tries += 1) {
      await world.later();
      waits.push(await waitOf());
    }
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(new Set(waits).size).toBe(3);
    expect(world.undelivered).toEqual({ webhook: 1 });
    expect(world.warned).toEqual(Array.from({ length: 3 }, () => 'alerts were not accepted'));
    world.answer = { status: 429, headers: { 'retry-after': '600' } };
    await world.later();
    expect(await waitOf()).toBeGreaterThan(300);
    world.answer = { status: 200 };
    await world.later();
    await world.later();
    expect(world.posted.length).toBe(5);
    expect(new Set(world.ids).size).toBe(1);
    expect(new Set(world.posted.map(({ body }) => body)).size).toBe(1);
    expect(world.undelivered).toEqual({ webhook: 0 });
  });

  it('is not retried once its problem is resolved; the resolution is sent, as the receiver may have processed the refused message', async () => {
    world.found = [thing('a'), thing('never tried')];
    // A redirect is not followed.
    world.answer = { status: 307, headers: { location: '/elsewhere' } };
    await world.later();
    [world.found, world.answer] = [[], { status: 200 }];
    await world.later();
    await world.later();
    expect(world.told).toEqual(['port a', 'port a resolved']);
    expect(world.undelivered).toEqual({ webhook: 0 });
  });

  it('that is never accepted blocks no other', async () => {
    world.found = [thing('a'), thing('b')];
    world.answer = { status: 400 };
    await world.later();
    expect(world.told).toEqual(['port a']);
    world.answer = { status: 200 };
    await world.store.pool.query(
      `UPDATE carryover.alert_deliveries SET next_try_at = now() + interval '1 hour' WHERE tries > 0`,
    );
    await world.now();
    expect(world.told).toEqual(['port a', 'port b']);
  });

  /** Seconds from the latest look until the next try. */
  async function waitOf(): Promise<number> {
    const { rows } = await world.store.pool.query<{ wait: number }>(
      `SELECT extract(epoch FROM next_try_at - due_at)::float8 AS wait FROM carryover.alert_deliveries, carryover.alert_looks`,
    );
    return rows[0]?.wait ?? 0;
  }
});

describe('intermittent problems', () => {
  it('are resolved only once they have been gone for a while', async () => {
    const lag = { ...thing('lag'), sort: 'following' };
    const longer = () =>
      world.store.pool.query(
        `UPDATE carryover.alerts SET absent_since = absent_since - interval '11 minutes'`,
      );
    const rounds = async (...each: AlertCondition[][]) => {
      for (const now of each) {
        world.found = now;
        await world.later();
      }
    };
    await rounds([lag], [], [lag]);
    await longer();
    await rounds([], [lag], []);
    expect(world.posted.length).toBe(1);
    await longer();
    await rounds([], [lag]);
    expect(world.told).toEqual(['port lag', 'port lag resolved', 'port lag']);
  });

  it('stay open while their source cannot be read', async () => {
    world.found = [thing('a')];
    await world.later();
    const broken = { flickering: [], find: () => Promise.reject(new Error('away')) };
    await world.later({ ...world.options(), sources: { conversations: broken, inbox: undefined } });
    await world.later();
    expect(world.posted.length).toBe(1);
    expect(world.warned).toEqual(['could not check for alerts (conversations)']);
  });
});

describe('Slack', () => {
  const slack = () => world.options({ webhook: undefined, slackWebhookUrl: world.at('/slack') });

  it('gets one message about all new problems, and none about resolved ones', async () => {
    world.found = [thing('a'), thing('b')];
    await world.later(slack());
    world.found = [];
    await world.later(slack());
    expect(world.posted.map(({ path }) => path)).toEqual(['/slack']);
    expect(world.posted[0]?.body).toContain('2 things need a person now');
  });

  it('that is set later gets the open problems, and the webhook gets nothing again', async () => {
    world.found = [thing('a')];
    await world.later();
    await world.later(world.options({ slackWebhookUrl: world.at('/slack') }));
    expect(world.posted.map(({ path }) => path)).toEqual(['/webhook', '/slack']);
  });
});

it('carryover doctor finds a destination that refuses messages for long', async () => {
  const environment = {
    DATABASE_URL: world.store.url,
    CARRYOVER_WEBHOOK_URL: world.at('/webhook'),
    CARRYOVER_WEBHOOK_SECRETS: NEW,
  };
  expect(await findings(alertsCheck, environment)).toMatchObject([{ state: 'ok' }]);
  world.found = [thing('a')];
  world.answer = { status: 403 };
  await world.later();
  expect(await findings(alertsCheck, environment)).toMatchObject([{ state: 'warning' }]);
  await world.store.pool.query(
    `UPDATE carryover.alert_deliveries SET created_at = now() - interval '1 hour'`,
  );
  const long = await findings(alertsCheck, environment);
  expect(long).toMatchObject([
    { state: 'wrong', fix: expect.stringContaining('Check CARRYOVER_WEBHOOK_URL') },
  ]);
  expect(long[0]?.what).toContain('alerts that wait: 1');
  expect(long[0]?.what).toContain('The receiver of the webhook answered 403.');
  expect(JSON.stringify(long)).not.toContain(world.at(''));
});

it('the keeper looks at once and again, waits for messages in flight when it is stopped, and does nothing without a destination', async () => {
  const clock = new VirtualClock();
  const idle = keepAlerts({ ...world.options({ webhook: undefined }), clock });
  expect(clock.pending).toEqual([]);
  await idle();
  world.found = [thing('a')];
  const stop = keepAlerts({ ...world.options(), clock });
  await expect.poll(() => world.posted.length).toBe(1);
  await stop();
  expect(clock.pending).toEqual([]);
  const { rows } = await world.store.pool.query(
    'SELECT FROM carryover.alert_deliveries WHERE sent_at IS NULL',
  );
  expect(rows).toEqual([]);
});
