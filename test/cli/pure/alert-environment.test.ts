import { expect, it } from 'vitest';
import { Alerts, alertsRules } from '../../../cli/environment/alerts.js';
import { readEnvironment } from '../../../cli/environment/read.js';
import { ConfigurationError } from '../../../domain/engine/configuration-error.js';

function read(environment: Record<string, string>): readonly string[] {
  try {
    readEnvironment(Alerts, environment, alertsRules);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

it('takes a webhook for alerts whole or not at all, and repeats no secret', () => {
  const [url, good] = ['https://alerts.example/hook', `whsec_${Buffer.alloc(32, 7).toString('base64')}`];
  const both = (secrets: string, at = url) =>
    read({ CARRYOVER_WEBHOOK_URL: at, CARRYOVER_WEBHOOK_SECRETS: secrets });
  expect(both(good)).toEqual([]);
  expect(both(`${good}  ${good}`)).toEqual([]);
  expect(read({ CARRYOVER_WEBHOOK_URL: url })).toEqual([
    'CARRYOVER_WEBHOOK_SECRETS is missing: alerts to CARRYOVER_WEBHOOK_URL must be signed.',
  ]);
  expect(read({ CARRYOVER_WEBHOOK_SECRETS: good })).toEqual([
    'CARRYOVER_WEBHOOK_URL is missing: CARRYOVER_WEBHOOK_SECRETS sign the messages to it.',
  ]);
  expect(both(`${good} whsec_c2hvcnQ=`)).toEqual([
    'CARRYOVER_WEBHOOK_SECRETS is wrong: secret 2 has 5 bytes, and needs 24 to 64: echo whsec_$(openssl rand -base64 32).',
  ]);
  expect(both(good.slice(6))).toEqual([expect.stringMatching(/^CARRYOVER_WEBHOOK_SECRETS is wrong/)]);
  expect(both(`${good}=`)).toEqual([
    'CARRYOVER_WEBHOOK_SECRETS is wrong: the secret is not whsec_ and base64.',
  ]);
  expect(both(good, 'https://me:secret@alerts.example')).toEqual([
    'CARRYOVER_WEBHOOK_URL is wrong: it must have no user or password. The signature says who sends.',
  ]);
  expect(read({ ALERT_PERCENT: '101' })).toEqual([expect.stringMatching(/^ALERT_PERCENT is wrong/)]);
});
