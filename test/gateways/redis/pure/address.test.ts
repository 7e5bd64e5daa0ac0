import { describe, expect, it } from 'vitest';
import { keepsOneSlot } from '../../../../domain/onboarding/keys.js';
import { parseRedisAddress } from '../../../../gateways/redis/address.js';

describe('an address of Redis', () => {
  it('is of a server, a cluster, or Sentinels with the name of their master', () => {
    const plain = { tls: false, username: undefined, password: undefined };
    expect(parseRedisAddress('redis://user:pw@cache:6380/2')).toEqual({
      of: 'server',
      url: 'redis://user:pw@cache:6380/2',
    });
    expect(parseRedisAddress('redis+cluster://a:7000,b,[::1]:7002')).toEqual({
      ...plain,
      of: 'cluster',
      nodes: [
        { host: 'a', port: 7_000 },
        { host: 'b', port: 6_379 },
        { host: '::1', port: 7_002 },
      ],
    });
    expect(parseRedisAddress('rediss+sentinel://me:a%2Fb@s1,s2:5000/main/3')).toEqual({
      of: 'sentinels',
      tls: true,
      username: 'me',
      password: 'a/b',
      nodes: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 5_000 },
      ],
      master: 'main',
      database: 3,
    });
    expect(parseRedisAddress('redis+cluster://:secret@a')).toMatchObject({
      username: undefined,
      password: 'secret',
    });
  });

  it.each([
    ['http://a', 'it must be redis'],
    ['redis://', 'it must be redis'],
    ['redis+cluster://a:99999', 'is no host with a port'],
    ['redis+cluster://a,,b', 'is no host with a port'],
    ['redis+cluster://a/1', 'one database'],
    ['redis+sentinel://a', 'must name the master'],
  ])('cannot be %s', (text, problem) => {
    expect(() => parseRedisAddress(text)).toThrow(problem);
  });
});

it.each([
  ['{onboarding}:', true],
  ['app:{o}', true],
  ['', false],
  ['app:', false],
  ['{}:', false],
  ['{}{o}', false],
  ['{o', false],
])('the prefix %j keeps keys in one slot: %j', (prefix, does) => {
  expect(keepsOneSlot(prefix)).toBe(does);
});
