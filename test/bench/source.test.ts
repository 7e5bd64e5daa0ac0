import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { messageItems, threadItems } from '../../bench/world/source.js';
import { NOW, RECENT_SINCE } from '../../bench/world/source/now.js';

const MESSAGES = 40_000;
const SHAPE = { name: 'test', messages: MESSAGES };
const messages = [...messageItems(SHAPE)];
const threads = [...threadItems(SHAPE)];

const share = (count: number): number => count / MESSAGES;
const textOf = (item: Record<string, AttributeValue>, name: string): string => item[name]?.S ?? '';
const depthOf = (value: AttributeValue): number =>
  1 + Math.max(0, ...[...(value.L ?? []), ...Object.values(value.M ?? {})].map(depthOf));

describe('messages as they are', () => {
  it('are as many as asked for, each with an id of its own', () => {
    expect(new Set(messages.map((item) => textOf(item, 'message_id'))).size).toBe(MESSAGES);
  });

  it('are in threads of 1 to 120, 40 on average', () => {
    const sizes = new Map<string, number>();
    for (const item of messages)
      sizes.set(textOf(item, 'thread_id'), (sizes.get(textOf(item, 'thread_id')) ?? 0) + 1);
    expect([...sizes.keys()].toSorted()).toEqual(threads.map((item) => textOf(item, 'thread_id')).toSorted());
    expect(MESSAGES / sizes.size).toBeGreaterThan(38);
    expect(MESSAGES / sizes.size).toBeLessThan(42);
    expect(Math.min(...sizes.values())).toBe(1);
    expect(Math.max(...sizes.values())).toBeGreaterThan(110);
    expect(Math.max(...sizes.values())).toBeLessThanOrEqual(120);
  });

  it('alternate between threads over two years, in the order of time', () => {
    const times = messages.map((item) => textOf(item, 'sent_at'));
    expect(times).toEqual(times.toSorted());
    expect(NOW - Date.parse(times[0] ?? '')).toBeGreaterThan(729 * 86_400_000);
    expect(Date.parse(times.at(-1) ?? '')).toBeLessThan(NOW);
    const followed = messages.filter(
      (item, at) => at > 0 && textOf(item, 'thread_id') === textOf(messages[at - 1] ?? {}, 'thread_id'),
    );
    expect(share(followed.length)).toBeLessThan(0.01);
  });

  it('are recent in 15 of 100, with nothing within half a day of the border', () => {
    const recent = messages.filter((item) => textOf(item, 'message_key') >= RECENT_SINCE);
    expect(share(recent.length)).toBeGreaterThan(0.14);
    expect(share(recent.length)).toBeLessThan(0.16);
    const border = Date.parse(RECENT_SINCE);
    const distances = messages.map((item) => Math.abs(Date.parse(textOf(item, 'sent_at')) - border));
    expect(Math.min(...distances)).toBeGreaterThan(43_200_000);
  });

  it('have nested metadata in a quarter, of some kilobytes at times', () => {
    const nested = messages.filter(({ metadata }) => depthOf(metadata ?? { NULL: true }) >= 4);
    expect(share(nested.length)).toBeGreaterThan(0.24);
    expect(share(nested.length)).toBeLessThan(0.26);
    const large = nested.filter(({ metadata }) => JSON.stringify(metadata).length > 4_000);
    expect(large.length / nested.length).toBeGreaterThan(0.05);
    expect(large.length / nested.length).toBeLessThan(0.15);
  });

  it('have other scripts and emoji in a fifth of texts and names', () => {
    // eslint-disable-next-line no-control-regex
    const foreign = /[^\x00-\x7f]/;
    const bodies = messages.filter((item) => foreign.test(textOf(item, 'body')));
    expect(share(bodies.length)).toBeGreaterThan(0.18);
    expect(share(bodies.length)).toBeLessThan(0.22);
    const text = bodies.map((item) => textOf(item, 'body')).join('');
    const scripts = [
      /ö/,
      /\u{1F389}/u,
      /\p{Emoji_Modifier}/u,
      /\p{sc=Hebrew}/u,
      /\p{sc=Arabic}/u,
      /\p{sc=Han}/u,
    ];
    expect(scripts.filter((script) => !script.test(text))).toEqual([]);
    expect(threads.filter((item) => foreign.test(textOf(item, 'c2_name'))).length).toBeGreaterThan(100);
  });

  it('are the same each time', () => {
    expect([...messageItems(SHAPE)].slice(0, 100)).toEqual(messages.slice(0, 100));
  });

  it('end their threads at the time that the thread says', () => {
    const last = new Map(messages.map((item) => [textOf(item, 'thread_id'), textOf(item, 'sent_at')]));
    for (const item of threads)
      expect(last.get(textOf(item, 'thread_id'))).toBe(textOf(item, 'last_message_at'));
  });

  it('are calls with a recording in a fifth when asked for', () => {
    const recorded = [...messageItems({ ...SHAPE, recordings: true })].filter(
      ({ kind, telephony }) => kind?.S === 'call' && telephony?.M?.['recording_url'] !== undefined,
    );
    expect(share(recorded.length)).toBeGreaterThan(0.19);
    expect(share(recorded.length)).toBeLessThan(0.21);
    expect(messages.filter(({ telephony }) => telephony?.M?.['recording_url'] !== undefined)).toEqual([]);
  });
});
