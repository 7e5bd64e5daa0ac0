import { describe, expect, it } from 'vitest';
import { type AlertMessage, alertOfEntry, waitAfter } from '../../../../domain/engine/alerts/alert.js';
import {
  alertSlackMessage,
  dashboardLink,
  webhookMessage,
} from '../../../../domain/engine/alerts/messages.js';

const URL = 'https://carryover.example/';

const condition = (subject: string, change: { what?: string; command?: string; title?: string } = {}) => {
  const { title = 'Ports that failed', ...rest } = change;
  const entry = {
    ...{ kind: 'porting', account_id: subject, brand_id: 'br_1', what: 'port of the number of channel ch_1' },
    ...{ since: '2026-03-01T10:00:00.000Z', times: 1, count: 1, message: 'Zoë asked us not to.' },
    ...{ next_step: 'Resolve it with the carrier.', command: `carryover retry ${subject}`, ...rest },
  };
  return alertOfEntry(entry, { id: '7.1', title, type: 'CarrierRefused' });
};

const raised = (subject: string, change: Parameters<typeof condition>[1] = {}): AlertMessage => {
  const { key: _key, ...told } = condition(subject, change);
  const publicId = '0b0c7c0e-0000-4000-8000-000000000001';
  const at = new Date('2026-03-01T10:01:00Z');
  return { alertId: '1', event: 'raised', publicId, kind: 'conversations', at, told };
};

describe('an alert', () => {
  it('has the key of its thing, and not the message, which may quote somebody', () => {
    expect(condition('acc_1').key).toBe('porting/7.1');
    expect(JSON.stringify(condition('acc_1'))).not.toContain('Zoë');
  });

  it('is told again after waits that grow to a quarter of an hour, or as long as the destination asks', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 100].map((tries) => waitAfter(tries, undefined));
    expect(waits).toEqual([5, 30, 60, 120, 300, 600, 900, 900]);
    expect(waitAfter(1, 90)).toBe(90);
    expect(waitAfter(7, 1)).toBe(900);
    expect(waitAfter(1, 1e9)).toBe(3_600);
  });

  it('links to its migration, to waves, or to everything that needs a person', () => {
    const moved = { ...raised('12:7/a'), kind: 'inbox' };
    expect(dashboardLink(URL, moved)).toBe('https://carryover.example/migrations/inbox/12%3A7%2Fa');
    expect(dashboardLink('https://a.example/base', raised(''))).toBe('https://a.example/base/failures');
    const wave = { ...raised(''), told: { ...raised('').told, sort: 'waves' } };
    expect(dashboardLink(URL, wave)).toBe('https://carryover.example/waves');
  });

  it('is a webhook with everything that it tells, the same each time', () => {
    const { id, body } = webhookMessage(raised('acc_1'), URL);
    expect(webhookMessage(raised('acc_1'), URL)).toEqual({ id, body });
    expect(id).toBe('0b0c7c0e-0000-4000-8000-000000000001');
    expect(JSON.parse(body)).toEqual({
      type: 'alert.raised',
      timestamp: '2026-03-01T10:01:00.000Z',
      data: {
        id: '0b0c7c0e-0000-4000-8000-000000000001',
        kind: 'conversations',
        sort: 'porting',
        title: 'Ports that failed',
        subject: 'acc_1',
        unit: 'br_1',
        what: 'port of the number of channel ch_1',
        type: 'CarrierRefused',
        count: 1,
        since: '2026-03-01T10:00:00.000Z',
        next_step: 'Resolve it with the carrier.',
        command: 'carryover retry acc_1',
        url: 'https://carryover.example/migrations/conversations/acc_1',
      },
    });
  });

  it('that is resolved is another webhook with the same data.id, and nothing to do', () => {
    const at = new Date('2026-03-01T11:00:00Z');
    const { id, body } = webhookMessage({ ...raised('acc_1'), event: 'resolved', at }, URL);
    expect(id).toBe('0b0c7c0e-0000-4000-8000-000000000001_resolved');
    const told = JSON.parse(body) as { data: object };
    expect(told).toMatchObject({
      type: 'alert.resolved',
      timestamp: '2026-03-01T11:00:00.000Z',
      data: { id: '0b0c7c0e-0000-4000-8000-000000000001', sort: 'porting', subject: 'acc_1' },
    });
    expect(Object.keys(told.data)).not.toContain('next_step');
    expect(Object.keys(told.data)).not.toContain('command');
  });
});

describe('a message to Slack', () => {
  const textsOf = (alerts: readonly AlertMessage[]) =>
    alertSlackMessage(alerts, URL).blocks.flatMap((block) =>
      block.type === 'context' ? block.elements.map(({ text }) => text) : [block.text.text],
    );

  it('tells all alerts by sort, each with its command and a link', () => {
    expect(textsOf([raised('acc_1'), raised('acc_2', { title: 'Verifications' })])).toEqual([
      'Carryover: 2 things need a person now',
      [
        '*Ports that failed: 1*',
        '• acc_1: port of the number of channel ch_1 (CarrierRefused). Resolve it with the carrier.',
        '`carryover retry acc_1` <https://carryover.example/migrations/conversations/acc_1|Show it>',
      ].join('\n'),
      expect.stringMatching(/^\*Verifications: 1\*\n• acc_2: /),
      '<https://carryover.example/failures|Everything that needs a person>',
    ]);
    expect(textsOf([raised('acc_1')])[0]).toBe('Carryover: 1 thing needs a person now');
  });

  it('stays within Slack’s limits in a storm, whatever ids contain', () => {
    const storm = Array.from({ length: 1_000 }, (_, n) =>
      raised(`<!channel>&${'x'.repeat(n)}`, {
        what: '<@U1>'.repeat(300),
        title: `Sort ${n % 60}`,
        command: '`'.repeat(n),
      }),
    );
    const { blocks } = alertSlackMessage(storm, URL);
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const text of textsOf(storm)) {
      expect(text.length).toBeLessThanOrEqual(3_000);
      expect(text).not.toMatch(/<[!@]/);
    }
    expect(textsOf(storm)[1]).toMatch(/… and \d+ more$/);
  });
});
