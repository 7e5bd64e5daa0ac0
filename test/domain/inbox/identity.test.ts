import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  identityOf,
  leftReasonOf,
  possibleMatchOf,
  type IdentityFacts,
} from '../../../domain/inbox/identity.js';
import { inboxTypeOf } from '../../../domain/inbox/inbox-type.js';
import { sourceIdIn } from '../../../domain/inbox/source-id.js';

const facts = (sourceId: string, identifier: string | null = null, phoneNumber: string | null = null) =>
  ({ sourceId, identifier, phoneNumber }) satisfies IdentityFacts;
const UUID = '0b6ee4bd-0f0c-4a62-8aa9-b7b1d6b0a001';

test.each([
  ['Channel::Api', { evolutionInstance: 'main' }, 'evolution'],
  ['Channel::Api', { evolutionInstance: '' }, undefined],
  ['Channel::Api', { evolutionInstance: null }, undefined],
  ['Channel::Whatsapp', { provider: 'whatsapp_cloud' }, 'cloud'],
  ['Channel::Whatsapp', { provider: 'default' }, 'dialog'],
  ['Channel::Whatsapp', { provider: 'other' }, undefined],
  ['Channel::TwilioSms', { medium: 1 }, 'twilio'],
  ['Channel::TwilioSms', { medium: 0 }, undefined],
  ['Channel::WebWidget', {}, undefined],
  [null, {}, undefined],
])('%s with %j is an inbox of type %s', (channelType, more, type) => {
  expect(inboxTypeOf({ channelType, ...more })).toBe(type);
});

test.each([
  ['a JID', facts(UUID, '5511987654321@s.whatsapp.net', '+15550001111'), 'phone:5511987654321'],
  ['another device of a JID', facts(UUID, '5511987654321:12@s.whatsapp.net'), 'phone:5511987654321'],
  [
    'a phone number, since the identifier is no JID',
    facts(UUID, 'customer-7', '+5511987654321'),
    'phone:5511987654321',
  ],
  ['a phone number as people write it', facts(UUID, '', ' +55 (11) 98765-4321 '), 'phone:5511987654321'],
  ['a group', facts(UUID, '120363041234567890@g.us', null), 'group:120363041234567890@g.us'],
  ['a lid, even with a phone number', facts(UUID, '99887766@lid', '+15550001111'), 'lid:99887766@lid'],
  ["a bridge's source id", facts('15550001111@s.whatsapp.net'), 'phone:15550001111'],
  ["a bridge's digits", facts('15550001111'), 'phone:15550001111'],
  ['nobody: neither JID nor number', facts(UUID, 'customer-7', ''), null],
  ['nobody: too many digits', facts(UUID, null, '+1234567890123456'), null],
  ["nobody: Evolution's bot", facts(UUID, '123456', '+123456'), null],
])('a contact inbox of Evolution is %s', (_what, of, identity) => {
  expect(identityOf('evolution', of)).toBe(identity);
});

test.each([
  ['cloud', '5511987654321', 'phone:5511987654321'],
  ['dialog', '5511987654321', 'phone:5511987654321'],
  ['twilio', 'whatsapp:+5511987654321', 'phone:5511987654321'],
  ['cloud', '+5511987654321', 'phone:5511987654321'],
  ['cloud', 'US.13491208655302741918', 'scoped:US.13491208655302741918'],
  ['cloud', 'US.ENT.11815799212886844830', 'scoped:US.ENT.11815799212886844830'],
  ['twilio', 'whatsapp:US.13491208655302741918', 'scoped:US.13491208655302741918'],
  ['twilio', 'whatsapp:', null],
  ['cloud', '12345678901234567', null],
] as const)('a contact inbox of type %s with %s has identity %s', (type, sourceId, identity) => {
  expect(identityOf(type, facts(sourceId, '1@s.whatsapp.net', '+1'))).toBe(identity);
});

test.each([
  ['5511987654321', '551187654321'],
  ['551187654321', '5511987654321'],
  ['5491122334455', '541122334455'],
  ['541122334455', '5491122334455'],
  ['15550001111', undefined],
  ['55119876543210', undefined],
])('%s may be %s', (one, other) => {
  expect(possibleMatchOf(`phone:${one}`)).toBe(other === undefined ? null : `phone:${other}`);
});

test('a possible match is mutual', () => {
  const number = fc.stringMatching(/^(55[1-9]{2}9?[0-9]{8}|549?[0-9]{10})$/);
  fc.assert(
    fc.property(number, (digits) => {
      const identity = `phone:${digits}`;
      const other = possibleMatchOf(identity);
      // Eleven digits after 55 of which the third is not 9 have one form.
      fc.pre(other !== null);
      expect(possibleMatchOf(other)).toBe(identity);
    }),
  );
});

test.each([
  ['group:1@g.us', 'cloud', 'groups'],
  ['group:1@g.us', 'evolution', undefined],
  ['lid:1@lid', 'twilio', 'lids'],
  ['lid:1@lid', 'evolution', undefined],
  ['scoped:US.1', 'cloud', 'business_scoped'],
  ['scoped:US.1', 'evolution', 'business_scoped'],
  [null, 'evolution', 'unidentified'],
  ['phone:1', 'dialog', undefined],
] as const)('%s is left by a move to %s as %s', (identity, destination, reason) => {
  expect(leftReasonOf(identity, destination)).toBe(reason);
});

test.each([
  ['evolution', 'cloud', UUID, '15550001111'],
  ['cloud', 'dialog', '15550001111', '15550001111'],
  ['cloud', 'twilio', '15550001111', 'whatsapp:+15550001111'],
  ['twilio', 'cloud', 'whatsapp:+15550001111', '15550001111'],
  ['evolution', 'evolution', UUID, UUID],
  ['evolution', 'evolution', '15550001111', 'minted'],
  ['evolution', 'evolution', undefined, 'minted'],
  ['cloud', 'evolution', '15550001111', 'minted'],
] as const)('from %s to %s the source id %s becomes %s', (source, destination, before, after) => {
  expect(sourceIdIn({ source, destination }, 'phone:15550001111', before, () => 'minted')).toBe(after);
});

test("an identity survives the move: the destination's source id says the same", () => {
  const digits = fc.stringMatching(/^[1-9][0-9]{6,14}$/);
  const phoneType = fc.constantFrom('cloud', 'dialog', 'twilio' as const);
  fc.assert(
    fc.property(digits, phoneType, phoneType, (number, source, destination) => {
      const identity = `phone:${number}`;
      const sourceId = sourceIdIn({ source, destination }, identity, undefined, () => '');
      expect(identityOf(destination, facts(sourceId))).toBe(identity);
    }),
  );
});
