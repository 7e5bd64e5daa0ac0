import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { attentionOf } from '../../../cli/conversations/progress/attention.js';
import { bar, percent } from '../../../cli/conversations/progress/bar.js';
import { progressOf } from '../../../cli/conversations/progress/progress-of.js';
import { PhaseRates } from '../../../cli/conversations/progress/rates.js';
import { render } from '../../../cli/conversations/progress/render.js';
import { duration, shorten, wrap } from '../../../cli/engine/terminal/words.js';
import { counted, DONE, HELD_BACK, VIEW } from './progress-sample.js';

/** The sample after two looks at it, ten seconds apart. */
function model() {
  const rates = new PhaseRates();
  const [first, ...rest] = VIEW.brands;
  const earlier = [{ ...first!, phases: [{ ...first!.phases[0]!, messages: counted(0, 40_000) }] }, ...rest];
  progressOf({ ...VIEW, brands: earlier }, rates, 0);
  return progressOf(VIEW, rates, 10_000);
}

const lines = (width: number): string[] => render(model(), width, false);
/** How many lines at the end are alike at all widths. */
const LAST = 6;
const picture = (width: number): string => `\n${lines(width).slice(0, -LAST).join('\n')}\n`;

describe('the picture of a migration', () => {
  it('on a wide terminal', () => {
    expect(picture(200)).toMatchInlineSnapshot(`
      "
      Lakeside Dental  brand-failure · 1,236/s · about 1m46s–2m32s left
        Lakeside Dental Downtown an…  recent     ████████████▍░░░░░░░░░░░░░░░░░░░░░░░░░░░   30 %  12,345 / ~36,000–50,000 messages  1,235/s  19s–31s left
                                      remaining  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░                                                    waits
        湖畔歯科                      recent     ████████████████████████████████████████  100 %                980 / 980 messages           done
                                      remaining  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░                               3 messages           size unknown
        North                         recent     ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░    0 %                 0 / ~6–9 messages           failed
                                      remaining  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░                                                    waits
        ✗ North: Channel ch_9 has a number that is none. Correct the channel named here in Conversations, then start the migration again.
      "
    `);
  });

  it('at 100 columns', () => {
    expect(picture(100)).toMatchInlineSnapshot(`
      "
      Lakeside Dental  brand-failure · 1,236/s · about 1m46s–2m32s left
        Lakeside Den…  recent     ██▌░░░░░   30 %  12,345 / ~36,000–50,000 messages  1,235/s  19s–31s left
                       remaining  ░░░░░░░░                                                    waits
        湖畔歯科       recent     ████████  100 %                980 / 980 messages           done
                       remaining  ░░░░░░░░                               3 messages           size unknown
        North          recent     ░░░░░░░░    0 %                 0 / ~6–9 messages           failed
                       remaining  ░░░░░░░░                                                    waits
        ✗ North: Channel ch_9 has a number that is none. Correct the channel named here in Conversations,
          then start the migration again.
      "
    `);
  });

  it('at 80 columns', () => {
    expect(picture(80)).toMatchInlineSnapshot(`
      "
      Lakeside Dental  brand-failure · 1,236/s · about 1m46s–2m32s left
        Lakeside D…  recent     ██▌░░░░░   30 %  12,345 / ~36,000–50,000  19s–31s left
                     remaining  ░░░░░░░░                                  waits
        湖畔歯科     recent     ████████  100 %                980 / 980  done
                     remaining  ░░░░░░░░                               3  size unknown
        North        recent     ░░░░░░░░    0 %                 0 / ~6–9  failed
                     remaining  ░░░░░░░░                                  waits
        ✗ North: Channel ch_9 has a number that is none. Correct the channel named
          here in Conversations, then start the migration again.
      "
    `);
  });

  it('at 60 columns', () => {
    expect(picture(60)).toMatchInlineSnapshot(`
      "
      Lakeside Dental  brand-failure · 1,236/s · about 1m46s–2m32…
        Lakeside De…  recent     ██▌░░░░░  12,345 / ~36,000–50,000
                      remaining  ░░░░░░░░
        湖畔歯科      recent     ████████                980 / 980
                      remaining  ░░░░░░░░                        3
        North         recent     ░░░░░░░░                 0 / ~6–9
                      remaining  ░░░░░░░░
        ✗ North: Channel ch_9 has a number that is none. Correct
          the channel named here in Conversations, then start the
          migration again.
      "
    `);
  });

  it.each([200, 100, 80])('at %d columns it ends with what it has besides messages', (width) => {
    expect(lines(width).slice(-LAST)).toEqual([
      '  Quarantined 3 messages, 1 thread',
      '  Ports 1 / 3',
      '    +15550001111 complete   +15550002222 submitted',
      '    +15550003333 exception (the name does not match)',
      '  Attachments 1,200 / ~1,300–1,800, 2 failed, 98 wait, 13/s, 8s–48s left',
      '  Following by stream: 0 added, 0 changed, 0 removed, 1 s behind',
    ]);
    expect(lines(60).slice(-LAST)).toEqual([
      ...lines(width).slice(-LAST, -2),
      '  Attachments 1,200 / ~1,300–1,800, 2 failed, 98 wait, 13/s…',
      '  Following by stream: 0 added, 0 changed, 0 removed, 1 s b…',
    ]);
  });

  it('of an import that is being retried shows why, and the next attempt', () => {
    const retried = {
      what: 'importing recent messages of brand br_1',
      brand_id: 'br_1',
      channel_id: null,
      tasks: 1,
      type: 'SourceUnavailable',
      message: 'DynamoDB does not answer.',
      attempt: 5,
      since: '2026-03-01T10:00:00.000Z',
      next_try_at: null,
    };
    const lines = render(progressOf({ ...DONE, retrying: [retried] }), 80, false).join('\n');
    expect(lines).toMatch(
      /↻ retrying importing recent messages of brand br_1 since \d\d:00: attempt 5\n {4}failed, it is being tried now\. DynamoDB does not answer\./,
    );
    const later = { ...retried, next_try_at: '2026-03-01T10:06:07.000Z' };
    const [, ...rest] = render(progressOf({ ...DONE, retrying: [later] }), 200, false);
    expect(rest.join('\n')).toMatch(/attempt 5 failed, next attempt at \d\d:06:07\./);
  });

  it('of one that is done', () => {
    expect(`\n${render(progressOf(DONE), 80, false).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Lakeside Dental  all-messages-migrated
        Lakeside  recent     ██████████████████  100 %  41,002 / 41,002 messages  done
                  remaining  ██████████████████  100 %            0 / 0 messages  done
        Ports 1 / 1
          +15550001111 complete
        Attachments 300 / 300
        Following by stream: 0 added, 0 changed, 0 removed, 1 s behind
      "
    `);
  });

  it('shortens similar names at their beginning, and shows slow progress as more than none', () => {
    const [brand] = VIEW.brands;
    const brands = ['Harbourside Salon', 'Harbourside Barbers', 'Elsewhere, far away'].map((name) => ({
      ...brand!,
      name,
    }));
    const attachments = { ...VIEW.attachments, rate_per_second: 0.04 };
    const lines = render(progressOf({ ...VIEW, brands, attachments }), 80, false).join('\n');
    expect(lines).toMatch(/ …\w+ Salon .* …\w+ Barbers .* Elsewher\w*,?… /su);
    expect(lines).toContain(', 0.1/s');
  });

  it('of one that nobody has started', () => {
    const empty = {
      ...DONE,
      migration_status: 'pending' as const,
      brands: [],
      ports: [],
      attachments: { ...DONE.attachments, stored: 0 },
      following: { ...DONE.following, by: null, since: null },
    };
    expect(render(progressOf(empty), 80, false)).toEqual(['Lakeside Dental  pending']);
  });

  it('shows who has paused it', () => {
    const paused = {
      ...DONE,
      migration_status: 'migrating' as const,
      paused: { by: 'ann', since: '2026-03-01T10:02:00.000Z' },
    };
    expect(render(progressOf(paused), 80, false)[0]).toMatch(
      /^Lakeside Dental {2}migrating · paused by ann since \d\d:\d\d$/,
    );
  });

  it('shows why it is throttled, and to what share', () => {
    const words = 'holding back: commits take 73 ms, budget 50 ms; writing 6 % of what it could';
    expect(render(progressOf(HELD_BACK), 80, false)).toContain(`  ${words}`);
    expect(render(progressOf(HELD_BACK), 50, false).join('')).toContain(
      '  holding back: commits take 73 ms,',
    );
    const [brand] = HELD_BACK.brands;
    const [phase] = brand!.phases;
    const lagging = { ...phase!.held_back!, reason: 'replica-lag' as const, measured: 14.2, budget: 10 };
    const view = { ...HELD_BACK, brands: [{ ...brand!, phases: [{ ...phase!, held_back: lagging }] }] };
    expect(progressOf(view).heldBack?.text).toBe(
      'holding back: a replica is 14 s behind, budget 10 s; writing 6 % of what it could',
    );
  });

  it('fits its terminal, whatever the numbers and names', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 200 }),
        fc.array(
          fc.record({
            name: fc.string({ unit: fc.constantFrom('a', 'é', ' ', '湖', '👩‍⚕️', '🦷', '—'), maxLength: 60 }),
            done: fc.nat(2_000_000_000),
            planned: fc.nat(2_000_000_000),
          }),
          { maxLength: 4 },
        ),
        fc.string({ maxLength: 200 }),
        (width, brands, reason) => {
          const view = {
            ...VIEW,
            brands: brands.map(({ name, done, planned }, at) => ({
              ...VIEW.brands[at % 3]!,
              name,
              phases: [
                {
                  ...VIEW.brands[0]!.phases[0]!,
                  messages: counted(done, Math.max(done, planned)),
                },
              ],
            })),
            ports: VIEW.ports.map((port) => ({ ...port, reason })),
          };
          for (const line of render(progressOf(view), width, false))
            expect(stringWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('has the same text with and without colour', () => {
    // oxlint-disable-next-line no-control-regex -- colours are control sequences
    const letters = render(model(), 100, true).map((line) => line.replace(/\u001b\[\d+m/g, ''));
    expect(letters).toEqual(render(model(), 100, false));
    expect(render(model(), 100, true).join('')).toContain('\u001b[31m');
  });

  it('does not let a name move the cursor', () => {
    const view = {
      ...VIEW,
      name: 'a\u001b[2Jb\nc',
      brands: VIEW.brands.map((brand) => ({ ...brand, name: 'x\ry\u0007' })),
    };
    // oxlint-disable-next-line no-control-regex -- what must not be there
    expect(render(progressOf(view), 80, false).join('')).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe('parts of it', () => {
  it('a bar is full only at the end, and empty only at the beginning', () => {
    expect(bar(0, 4)).toEqual({ filled: '', empty: '░░░░' });
    expect(bar(0.000_01, 4)).toEqual({ filled: '▏', empty: '░░░' });
    expect(bar(0.5, 4)).toEqual({ filled: '██', empty: '░░' });
    expect(bar(0.999_99, 4)).toEqual({ filled: '███▉', empty: '' });
    expect(bar(1, 4)).toEqual({ filled: '████', empty: '' });
    expect([0, 0.000_1, 0.5, 0.999_9, 1].map(percent)).toEqual(['0 %', '1 %', '50 %', '99 %', '100 %']);
  });

  it('durations are short', () => {
    expect([0, 8.4, 65, 3_600, 7_800, 90_000].map(duration)).toEqual([
      '0s',
      '8s',
      '1m05s',
      '1h00m',
      '2h10m',
      '1d1h',
    ]);
  });

  it('text is cut by what a terminal shows, and wrapped between words', () => {
    expect(shorten('湖畔歯科', 5)).toBe('湖畔…');
    expect(shorten('abc', 3)).toBe('abc');
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('extraordinary', 5)).toEqual(['extr…']);
  });

  it('a rate covers the last seconds, and is null while nothing moves', () => {
    const rates = new PhaseRates(10_000);
    expect(rates.perSecond('a')).toBeNull();
    for (let second = 0; second <= 20; second += 1)
      rates.observe('a', second <= 5 ? 0 : (second - 5) * 100, second * 1_000);
    expect(rates.perSecond('a')).toBeCloseTo(100);
    for (let second = 21; second <= 40; second += 1) rates.observe('a', 1_500, second * 1_000);
    expect(rates.perSecond('a')).toBeNull();
    rates.observe('a', 0, 41_000);
    expect(rates.perSecond('a')).toBeNull();
  });
});

it('waived records need no person', () => {
  const told = (waived: number) =>
    attentionOf({ ...DONE, quarantined: { threads: 1, messages: 3, waived, records: [] } });
  expect(told(0)).toEqual(['3 messages quarantined', '1 thread quarantined']);
  expect(told(3)).toEqual(['1 record quarantined and not waived']);
  expect(told(4)).toEqual([]);
});
