import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { nearest } from '../../../cli/engine/nearest.js';
import { Printer, type OutputFormat } from '../../../cli/engine/terminal/output.js';
import { type Terminal, wantsColour } from '../../../cli/engine/terminal/terminal.js';
import { systemClock } from '../../../gateways/clock.js';

const ANSWER = [{ account_id: 'acc_1', name: '# Lakeside: "Dental"', paused: null }];

function printerOf(format: OutputFormat, columns?: number) {
  let written = '';
  const terminal: Terminal = {
    out: { write: (text) => void (written += text), columns, isTTY: columns !== undefined },
    error: { write: () => undefined },
    environment: {},
    signal: new AbortController().signal,
    clock: systemClock,
  };
  return { printer: new Printer(format, terminal), written: () => written };
}

describe('an answer', () => {
  it('is printed to programs as it is, as JSON or YAML', async () => {
    const [json, yaml] = [printerOf('json'), printerOf('yaml')];
    for (const { printer } of [json, yaml]) await printer.show(ANSWER, () => ['for people']);
    expect(JSON.parse(json.written())).toEqual(ANSWER);
    expect(parse(yaml.written())).toEqual(ANSWER);
    expect(yaml.written()).toMatch(/^- account_id: acc_1\n/);
  });

  it('is printed to people as lines; the wide form has all columns and any width', async () => {
    for (const format of ['table', 'wide'] as const) {
      const { printer, written } = printerOf(format, 80);
      await printer.show(ANSWER, () => ['for people']);
      expect(written()).toBe('for people\n');
      expect([printer.isWide, printer.width]).toEqual(format === 'wide' ? [true, undefined] : [false, 80]);
    }
    expect(printerOf('table').printer.width).toBeUndefined();
  });
});

describe('colours', () => {
  const tty = { write: () => undefined, isTTY: true };
  const pipe = { write: () => undefined };
  it.each([
    [tty, {}, true],
    [pipe, {}, false],
    [tty, { TERM: 'dumb' }, false],
    [tty, { NO_COLOR: '1' }, false],
    [tty, { NO_COLOR: '' }, true],
    [pipe, { FORCE_COLOR: '1' }, true],
    [tty, { FORCE_COLOR: '0' }, false],
    [pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ])('%j with %j: %j', (out, environment, isColoured) => {
    expect(wantsColour(out, environment)).toBe(isColoured);
  });
});

it('the nearest word is offered if it is near enough', () => {
  const known = ['migrating', 'recent-messages-failure', 'pending'];
  expect(nearest('migrate', known)).toBe(' Did you mean migrating?');
  expect(nearest('recent-message-failure', known)).toBe(' Did you mean recent-messages-failure?');
  expect(nearest('good', known)).toBe('');
});
