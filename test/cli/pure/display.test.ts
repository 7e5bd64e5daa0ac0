import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openDisplay } from '../../../cli/conversations/progress/display.js';
import { newsOf } from '../../../cli/conversations/progress/plain.js';
import { progressOf } from '../../../cli/conversations/progress/progress-of.js';
import { widthOf } from '../../../cli/engine/terminal/words.js';
import { counted, DONE, HELD_BACK, VIEW } from './progress-sample.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('without a terminal', () => {
  it('everything that has begun is printed once, then only changes', () => {
    const first = progressOf(VIEW);
    expect(newsOf(undefined, first)).toMatchInlineSnapshot(`
      [
        "Lakeside Dental: brand-failure",
        "Lakeside Dental Downtown and Harbour, recent: 12,345 / ~36,000–50,000 messages, 30 %",
        "湖畔歯科, recent: 980 / 980 messages, done",
        "湖畔歯科, remaining: 3 messages, size unknown",
        "North, recent: 0 / ~6–9 messages, failed",
        "Port of +15550001111: complete",
        "Port of +15550002222: submitted",
        "Port of +15550003333: exception (the name does not match)",
        "Quarantined: 3 messages, 1 thread",
        "North: Channel ch_9 has a number that is none. Correct the channel named here in Conversations, then start the migration again.",
      ]
    `);
    expect(newsOf(first, progressOf(VIEW))).toEqual([]);
    const [brand, ...rest] = VIEW.brands;
    const little = {
      ...brand!,
      phases: [{ ...brand!.phases[0]!, messages: counted(12_400, 40_000) }],
    };
    const much = {
      ...brand!,
      phases: [{ ...brand!.phases[0]!, messages: counted(24_000, 40_000) }],
    };
    expect(newsOf(first, progressOf({ ...VIEW, brands: [little, ...rest] }))).toEqual([]);
    expect(newsOf(first, progressOf({ ...VIEW, brands: [much, ...rest] }))).toEqual([
      'Lakeside Dental Downtown and Harbour, recent: 24,000 / ~36,000–50,000 messages, 60 %',
    ]);
  });

  it('throttling is printed when it begins, and again only for another reason', () => {
    const told = 'holding back: commits take 73 ms, budget 50 ms; writing 6 % of what it could';
    const held = progressOf(HELD_BACK);
    expect(newsOf({ ...held, heldBack: null }, held)).toEqual([told]);
    expect(newsOf(held, { ...held, heldBack: { reason: 'commit-latency', text: 'now 80 ms' } })).toEqual([]);
    expect(newsOf(held, { ...held, heldBack: { reason: 'replica-lag', text: 'behind' } })).toEqual([
      'behind',
    ]);
  });

  it('the display writes lines', () => {
    const written: string[] = [];
    const display = openDisplay(
      { write: (text) => written.push(text) },
      { colour: false, clock: new VirtualClock() },
    );
    display.update(DONE);
    display.update(DONE);
    display.end();
    expect(written.join('')).toBe(
      [
        'Lakeside Dental: all-messages-migrated',
        'Lakeside, recent: 41,002 / 41,002 messages, done',
        'Lakeside, remaining: 0 / 0 messages, done',
        'Port of +15550001111: complete',
        '',
      ].join('\n'),
    );
  });
});

describe('on a terminal', () => {
  it('the display redraws its picture in place and leaves the last one', () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 80, rows: 24, write: (text: string) => written.push(text) };
    const display = openDisplay(stream, { colour: false, clock: new VirtualClock() });
    display.update(VIEW);
    display.update(DONE);
    display.end();
    const [first = '', second = ''] = written.filter((text) => text.includes('Lakeside Dental'));
    expect(first).toContain('brand-failure');
    expect(second).toContain('all-messages-migrated');
    // Fifteen lines were drawn before; all of them are gone over.
    expect(second.split('\u001b[1A')).toHaveLength(16);
  });

  it('the picture is drawn again at the new width when the terminal is resized', () => {
    const written: string[] = [];
    const stream = Object.assign(new EventEmitter(), {
      isTTY: true,
      columns: 120,
      rows: 40,
      write: (text: string) => written.push(text),
    });
    const display = openDisplay(stream, { colour: false, clock: new VirtualClock() });
    display.update(VIEW);
    stream.columns = 50;
    stream.emit('resize');
    const widest = Math.max(
      ...stripVTControlCharacters(written.at(-1) ?? '')
        .split('\n')
        .map(widthOf),
    );
    expect(widest).toBeLessThanOrEqual(50);
    display.end();
    const drawn = written.length;
    stream.emit('resize');
    expect([written.length, stream.listenerCount('resize')]).toEqual([drawn, 0]);
  });

  it('a note stays above the picture, which is drawn again below', () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 80, rows: 24, write: (text: string) => written.push(text) };
    const display = openDisplay(stream, { colour: false, clock: new VirtualClock() });
    display.note('before');
    display.update(DONE);
    display.note('between');
    display.end();
    display.note('after');
    const said = written.map((text) => /before|between|after|Lakeside Dental/.exec(text)?.[0]);
    expect(said.filter((what) => what !== undefined)).toEqual([
      'before',
      'Lakeside Dental',
      'between',
      'Lakeside Dental',
      'after',
    ]);
  });
});
