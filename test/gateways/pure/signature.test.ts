import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { signatureCheck } from '../../../gateways/carrier/signature.js';
import { systemClock } from '../../../gateways/clock.js';

const secret = (text: string): string => `whsec_${Buffer.from(text).toString('base64')}`;
const [OLD, NEW, FORGER] = [
  secret('the old secret'),
  secret('the new secret'),
  secret('the forger’s secret'),
];
const body = '{"type":"port_order.updated","data":{"reason":"Zoë \\u0000"}}';

/** Signs by hand as the standard says, so that the test does not rely on the library that checks. */
function headersFor(secrets: readonly string[], at: Date = new Date(), id = 'msg_1'): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((each) => {
    const key = Buffer.from(each.replace('whsec_', ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
const minutesAgo = (minutes: number): Date => new Date(systemClock.now() - minutes * 60_000);

describe('A callback’s signature', () => {
  const check = signatureCheck([NEW, OLD]);

  test('is valid with any of the secrets, as text or as bytes', () => {
    for (const secrets of [[OLD], [NEW], [FORGER, NEW], [NEW, OLD]]) {
      expect(check(body, headersFor(secrets))).toEqual({
        holds: true,
        webhookId: 'msg_1',
        sentAt: expect.any(Number),
      });
    }
    expect(check(Buffer.from(body), headersFor([OLD]))).toMatchObject({ holds: true });
    const at = new Date();
    const signature = new Webhook(NEW).sign('msg_1', at, body);
    expect(check(body, { ...headersFor([], at), 'webhook-signature': signature })).toMatchObject({
      holds: true,
    });
  });

  test('is invalid for another secret, body, id, time or version', () => {
    const good = headersFor([NEW]);
    const wrong: [string, Record<string, string>][] = [
      [body, headersFor([FORGER])],
      [`${body} `, good],
      [body, { ...good, 'webhook-id': 'msg_2' }],
      [body, { ...good, 'webhook-timestamp': String(Number(good['webhook-timestamp']) - 1) }],
      [body, { ...good, 'webhook-signature': (good['webhook-signature'] ?? '').replace('v1,', 'v2,') }],
      [body, { ...good, 'webhook-signature': 'v1' }],
      [body, { ...good, 'webhook-signature': 'v1,' }],
      [body, { ...good, 'webhook-signature': 'v1,AAAA v1a,' }],
    ];
    for (const [text, headers] of wrong)
      expect(check(text, headers)).toEqual({ holds: false, why: 'signature-wrong' });
  });

  test('is invalid if its time is more than five minutes off, either way', () => {
    expect(check(body, headersFor([NEW], minutesAgo(4.9)))).toMatchObject({ holds: true });
    expect(check(body, headersFor([NEW], minutesAgo(-4.9)))).toMatchObject({ holds: true });
    expect(check(body, headersFor([NEW], minutesAgo(5.1)))).toEqual({ holds: false, why: 'time-off' });
    expect(check(body, headersFor([NEW], minutesAgo(-5.1)))).toEqual({ holds: false, why: 'time-off' });
  });

  test('is invalid if a header is missing, empty, duplicated or not a number', () => {
    const good = headersFor([NEW]);
    for (const name of Object.keys(good)) {
      for (const value of [undefined, '', [good[name] ?? '', good[name] ?? '']]) {
        expect(check(body, { ...good, [name]: value })).toEqual({ holds: false, why: 'headers-missing' });
      }
    }
    expect(check(body, { ...good, 'webhook-timestamp': '1e9' })).toMatchObject({ holds: false });
  });

  test('is not checked with an invalid secret', () => {
    expect(() => signatureCheck([])).toThrow(/at least one/);
    expect(() => signatureCheck(['whsec_'])).toThrow(/empty/);
    expect(() => signatureCheck(['whsec_not base64!'])).toThrow(/base64/i);
  });
});
