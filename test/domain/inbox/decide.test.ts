import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cluster, decide, type DecideOptions, type HeldBox } from '../../../domain/inbox/decide.js';
import { mergeWaves } from '../../../domain/inbox/merge-waves.js';

const options = (more: Partial<DecideOptions> = {}): DecideOptions => {
  let ids = 0;
  return {
    ...{
      source: 'cloud',
      destination: 'twilio',
      possibleMatches: 'leave',
      mint: () => 'minted',
      isTaken: () => false,
    },
    newId: () => String(--ids),
    ...more,
  };
};

const cluster = (
  contact: string | null,
  numbers: readonly string[],
  more: Partial<Cluster> = {},
): Cluster => ({
  ...{
    contact,
    hasContact: contact !== null,
    identifier: null,
    phoneNumber: null,
    own: [],
    isPartial: false,
  },
  boxes: numbers.map((sourceId, n) => ({
    id: `${contact}${n}`,
    sourceId,
    identifier: null,
    phoneNumber: null,
  })),
  talks: numbers.map((_, n) => ({ id: `t${contact}${n}`, contact, box: `${contact}${n}` })),
  ...more,
});

const held = (boxes: Readonly<Record<string, readonly string[]>>): Map<string, HeldBox[]> =>
  new Map(
    Object.entries(boxes).map(([number, contacts]) => [
      `phone:${number}`,
      contacts.map((contact, n) => ({ id: `d${number}${n}`, contact, hasContact: true, atStart: true })),
    ]),
  );

test('a contact that the destination does not know moves', () => {
  const decided = decide([cluster('1', ['15550001'])], held({}), options());
  expect(decided).toMatchObject({
    moves: [{ id: '10', source_id: 'whatsapp:+15550001', identity: 'phone:15550001' }],
    conversations: [{ id: 't10', contact: '1', contactInbox: '10' }],
    ...{ merges: [], collapses: [], additions: [] },
  });
});

test('the same contact on both sides collapses, another one is merged; the own one is preferred', () => {
  const both = held({ '15550001': ['7', '1'], '15550002': ['8', '9'] });
  const decided = decide([cluster('1', ['15550001']), cluster('2', ['15550002'])], both, options());
  expect(decided).toMatchObject({
    ...{ collapses: ['10', '20'], merges: [{ gone: '2', kept: '8' }], moves: [] },
    conversations: [
      { contact: '1', contactInbox: 'd155500011' },
      { contact: '8', contactInbox: 'd155500020' },
    ],
  });
});

test('of several contacts with one number whom the destination does not know, the first takes the others', () => {
  const decided = decide([cluster('1', ['15550001']), cluster('2', ['+15550001'])], held({}), options());
  expect(decided).toMatchObject({
    ...{ moves: [{ id: '10' }], collapses: ['20'], merges: [{ gone: '2', kept: '1' }] },
    conversations: [{ contactInbox: '10' }, { contact: '1', contactInbox: '10' }],
  });
});

test('a contact whose two numbers belong to two others is merged once, and its conversations go to both', () => {
  const decided = decide(
    [cluster('1', ['15550001', '15550002'])],
    held({ '15550001': ['7'], '15550002': ['8'] }),
    options(),
  );
  expect(decided.merges).toEqual([{ gone: '1', kept: '7' }]);
  expect(decided.conversations.map(({ contact }) => contact)).toEqual(['7', '8']);
});

test('a contact inbox of the destination whose contact is gone is taken by who has its number', () => {
  const orphan = new Map([
    ['phone:15550001', [{ id: 'd', contact: '99', hasContact: false, atStart: true }]],
  ]);
  const decided = decide([cluster('1', ['15550001']), cluster('2', ['+15550001'])], orphan, options());
  expect(decided).toMatchObject({
    ...{
      adoptions: [{ id: 'd', contact: '1' }],
      merges: [{ gone: '2', kept: '1' }],
      collapses: ['10', '20'],
    },
    conversations: [
      { contact: '1', contactInbox: 'd' },
      { contact: '1', contactInbox: 'd' },
    ],
  });
});

test("of Evolution's inboxes a source id stays, unless the destination has it", () => {
  const evolution = (isTaken: boolean) =>
    decide(
      [cluster('1', ['5550001@s.whatsapp.net'])],
      held({}),
      options({ source: 'evolution', destination: 'evolution', isTaken: () => isTaken }),
    ).moves[0]?.source_id;
  expect([evolution(false), evolution(true)]).toEqual(['5550001@s.whatsapp.net', 'minted']);
});

test('what cannot go stays: business-scoped ids, and a possible match unless it is to be merged', () => {
  const possible = () => held({ '551187654321': ['7'] });
  const clusters = [cluster('1', ['5511987654321', 'US.123'])];
  expect(decide(clusters, possible(), options())).toMatchObject({
    moves: [],
    conversations: [],
    collapses: [],
  });
  expect(decide(clusters, possible(), options({ possibleMatches: 'merge' }))).toMatchObject({
    ...{ merges: [{ gone: '1', kept: '7' }], collapses: ['10'] },
    conversations: [{ id: 't10', contact: '7' }],
  });
});

test('a number that the move itself has brought is no possible match', () => {
  const decided = decide(
    [cluster('1', ['5511987654321']), cluster('2', ['551187654321'])],
    held({}),
    options(),
  );
  expect(decided.moves).toHaveLength(2);
});

test("a conversation without a contact inbox of its contact goes to the contact's, or to a new one, or stays if nobody can tell", () => {
  const talks = [{ id: 't', contact: '1', box: null }];
  const loose = (more: Partial<Cluster>) =>
    decide([cluster('1', [], { talks, ...more })], held({ '15550009': ['9'] }), options());
  const own = { id: 'd', contact: '1', hasContact: true, atStart: true };
  expect(loose({ own: [own] }).conversations).toMatchObject([{ contact: '1', contactInbox: 'd' }]);
  const added = loose({ phoneNumber: '+15550001' });
  expect(added).toMatchObject({
    additions: [{ id: '-1', contact_id: '1', source_id: 'whatsapp:+15550001' }],
    conversations: [{ contact: '1', contactInbox: '-1' }],
  });
  expect(loose({ phoneNumber: '+15550009' })).toMatchObject({
    merges: [{ gone: '1', kept: '9' }],
    conversations: [{ contact: '9', contactInbox: 'd155500090' }],
  });
  expect(loose({ identifier: '1@g.us' }).conversations).toEqual([]);
  expect(loose({ hasContact: false }).conversations).toMatchObject([{ contact: '1', contactInbox: null }]);
});

test('of a contact that comes in parts, the contact goes first, and its contact inbox last', () => {
  const parts = (known: Map<string, HeldBox[]>) =>
    decide([cluster('1', ['15550001'], { isPartial: true })], known, options());
  expect(parts(held({ '15550001': ['7'] }))).toMatchObject({
    ...{ merges: [{ gone: '1', kept: '7' }], conversations: [], collapses: [] },
  });
  expect(parts(held({}))).toMatchObject({
    ...{ additions: [{ id: '-1', contact_id: '1' }], collapses: [], moves: [] },
    conversations: [{ contactInbox: '-1' }],
  });
});

test('merges that share a contact come one after the other, and all others at once', () => {
  const merge = (gone: string, kept: string) => ({ gone, kept });
  expect(mergeWaves([])).toEqual([]);
  expect(
    mergeWaves([merge('1', '2'), merge('3', '4'), merge('2', '5'), merge('6', '4'), merge('7', '8')]),
  ).toEqual([
    [merge('1', '2'), merge('3', '4'), merge('7', '8')],
    [merge('2', '5'), merge('6', '4')],
  ]);
});

test('whatever the numbers and contacts are, each conversation ends at one contact inbox with one contact', () => {
  const number = fc.constantFrom('15550001', '15550002', '15550003', '5511987654321', '551187654321', 'US.1');
  const world = fc.record({
    clusters: fc.uniqueArray(
      fc.record({
        contact: fc.integer({ min: 1, max: 9 }),
        numbers: fc.uniqueArray(number, { maxLength: 3 }),
      }),
      { selector: ({ contact }) => contact, maxLength: 9 },
    ),
    known: fc.dictionary(
      number,
      fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 2 }),
    ),
    possibleMatches: fc.constantFrom('leave', 'merge' as const),
  });
  fc.assert(
    fc.property(world, ({ clusters, known, possibleMatches }) => {
      const there = Object.fromEntries(
        Object.entries(known).map(([digits, contacts]) => [digits, contacts.map(String)]),
      );
      const here = clusters.map(({ contact, numbers }) => cluster(String(contact), numbers));
      const decided = decide(here, held(there), options({ possibleMatches }));
      const kept = new Map(decided.merges.map((merge) => [merge.gone, merge.kept]));
      const resolve = (contact: string): string =>
        kept.has(contact) ? resolve(kept.get(contact)!) : contact;
      expect(kept.size).toBe(decided.merges.length);
      const contactOfBox = new Map<string, string>();
      for (const [digits, contacts] of Object.entries(there))
        for (const [n, contact] of contacts.entries()) contactOfBox.set(`d${digits}${n}`, resolve(contact));
      for (const { contact, boxes } of here)
        for (const { id } of boxes) contactOfBox.set(id, resolve(contact!));
      const gone = new Set(decided.collapses);
      for (const { id, contact, contactInbox } of decided.conversations) {
        expect(contactOfBox.get(contactInbox!), id).toBe(resolve(contact!));
        expect(gone.has(contactInbox!), id).toBe(false);
      }
      const brought = [...decided.moves, ...decided.additions].map(({ source_id }) => source_id);
      expect(new Set(brought).size).toBe(brought.length);
    }),
  );
});
