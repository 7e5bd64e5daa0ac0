import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ApiOptions } from '../../../api/options.js';
import { DEFAULT_RATE_LIMITS } from '../../../api/plugins/rate-limit.js';
import { WEBHOOK_SECRET, type World, apiWorld, meet, signed, tokenFor } from '../world.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let clock: VirtualClock;
/** Time stands still, so that a slow machine does not see a window end; @fastify/rate-limit has `Date` alone to tell it. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  clock = new VirtualClock(new Date().toISOString());
});
afterEach(() => void vi.useRealTimers());

const MAX = 4;
const ADDRESS = '192.0.2.7';

async function limitedWorld(use: (world: World) => Promise<void>, options: Partial<ApiOptions> = {}) {
  const rateLimits = { ...DEFAULT_RATE_LIMITS, refusalsPerTenSeconds: MAX, probesPerTenSeconds: MAX };
  const world = await apiWorld({ clock, rateLimits, ...options });
  try {
    await meet(world, 'acc_1');
    await use(world);
  } finally {
    await world.close();
  }
}

const CALLS = ['/v2/migrations', '/v2/check-migration-status?account_id=acc_1'];

test('a flood of bad tokens from one address is blocked; known callers are not affected', () =>
  limitedWorld(async (world) => {
    const known = await tokenFor('operator');
    const ask = (token: string, { from = ADDRESS, url = '/v2/migrations' } = {}) =>
      world.call('GET', url, { token, from });
    expect((await ask(known)).statusCode).toBe(200);

    const expired = await signed({ sub: 'somebody', role: 'operator' }, '-1s');
    const bad = [`${known}x`, expired, 'rubbish', await signed({ sub: 'x' }, '1h', 'another secret')];
    for (const [index, token] of bad.entries())
      expect((await ask(token, { url: CALLS[index % 2]! })).statusCode).toBe(401);

    for (const url of CALLS) {
      const refused = await ask('rubbish', { url });
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '10']);
      expect(refused.json().detail).toContain('this address');
      // A valid one is refused too: nothing is computed for an unknown token.
      expect((await ask(await tokenFor('admin'), { url })).statusCode).toBe(429);
      expect((await ask(known, { url })).statusCode).toBe(200);
      expect((await ask('rubbish', { url, from: '192.0.2.8' })).statusCode).toBe(401);
    }

    await clock.advance(10_000);
    expect((await ask(await tokenFor('admin'))).statusCode).toBe(200);
  }));

test('requests without a token are blocked in the same way', () =>
  limitedWorld(async (world) => {
    const ask = () => world.call('POST', '/v2/start-migration', { from: '2001:db8::1', body: {} });
    for (let i = 0; i < MAX; i += 1) expect((await ask()).statusCode).toBe(401);
    // The subnet is one caller: it can have any of its addresses.
    const neighbour = await world.call('GET', '/v2/migrations', { from: '2001:db8::ffff' });
    expect([(await ask()).statusCode, neighbour.statusCode]).toEqual([429, 429]);
  }));

test('a callback’s signature is checked first, and only invalid ones count', () =>
  limitedWorld(async (world) => {
    const send = (secret: string, id: string) => {
      const body = JSON.stringify({
        type: 'port_order.updated',
        timestamp: '2026-03-01T10:00:00.000Z',
        data: { port_order_id: 'po_9', channel_id: 'ch_9', phone_number: '+15550009999', status: 'foc' },
      });
      return world.call('POST', '/v2/porting-callbacks', {
        from: ADDRESS,
        body,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(clock.now() / 1_000)),
          'webhook-signature': new Webhook(secret).sign(id, new Date(), body),
        },
      });
    };
    const forge = (id: string) => send(`whsec_${Buffer.from('somebody else').toString('base64')}`, id);
    for (let i = 0; i < 2 * MAX; i += 1)
      expect((await send(WEBHOOK_SECRET, `known_${i}`)).statusCode).toBe(404);
    for (let i = 0; i < MAX; i += 1) expect((await forge(`forged_${i}`)).statusCode).toBe(401);
    const refused = await forge('one more');
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '10']);
    expect((await send(WEBHOOK_SECRET, 'the carrier')).statusCode).toBe(404);
  }));

test.each(['/readyz', '/metrics'])('%s is limited for each address separately', (url) =>
  limitedWorld(async (world) => {
    const ask = (from: string) => world.call('GET', url, { from });
    for (let i = 0; i < MAX; i += 1) expect((await ask(ADDRESS)).statusCode).toBe(200);
    const refused = await ask(ADDRESS);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '10']);
    expect((await ask('192.0.2.8')).statusCode).toBe(200);
    expect((await world.call('GET', '/healthz', { from: ADDRESS })).statusCode).toBe(200);
  }),
);

const trusting = { trustedProxies: ['10.0.0.0/8', '2001:db8::1'] };

test('a trusted proxy names the caller’s address; other X-Forwarded-For is ignored', () =>
  limitedWorld(async (world) => {
    const token = await tokenFor('operator');
    let serial = 1;
    const start = async (from: string, forwarded: string) => {
      serial += 1;
      const accountId = `acc_${serial}`;
      await meet(world, accountId, { brand: `br_${serial}`, sms: `s_${serial}`, email: `e_${serial}` });
      const headers = { 'x-forwarded-for': forwarded };
      const body = { account_id: accountId };
      await world.call('POST', '/v2/start-migration', { token, from, headers, body });
      const audit = await world.call('GET', `/v2/audit?account_id=${accountId}`, { token });
      return audit.json().entries[0].remote_address;
    };
    expect(await start('10.0.0.7', '203.0.113.9')).toBe('203.0.113.9');
    expect(await start('10.0.0.7', '198.51.100.1, 203.0.113.9, 10.1.2.3')).toBe('203.0.113.9');
    expect(await start('2001:db8::1', '203.0.113.9')).toBe('203.0.113.9');
    expect(await start('192.0.2.7', '203.0.113.9')).toBe('192.0.2.7');
    expect(await start('10.0.0.7', 'somebody')).toBe('10.0.0.7');

    const bad = (forwarded: string) =>
      world.call('GET', '/v2/migrations', {
        token: 'rubbish',
        from: '10.0.0.7',
        headers: { 'x-forwarded-for': forwarded },
      });
    for (let i = 0; i < MAX; i += 1) expect((await bad('203.0.113.9')).statusCode).toBe(401);
    expect((await bad('203.0.113.9')).statusCode).toBe(429);
    expect((await bad('203.0.113.10')).statusCode).toBe(401);
  }, trusting));

test('without trusted proxies X-Forwarded-For is ignored', () =>
  limitedWorld(async (world) => {
    const bad = (forwarded: string) =>
      world.call('GET', '/v2/migrations', {
        token: 'rubbish',
        headers: { 'x-forwarded-for': forwarded },
        from: ADDRESS,
      });
    for (let i = 0; i < MAX; i += 1) expect((await bad(`203.0.113.${i}`)).statusCode).toBe(401);
    expect((await bad('203.0.113.99')).statusCode).toBe(429);
  }));
