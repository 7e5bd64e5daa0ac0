import { createColors } from 'picocolors';
import type { Printer } from '../engine/terminal/output.js';
import { count, padEnd, sentences } from '../engine/terminal/words.js';
import { FAULT_NAMES } from './names.js';
import type { Drilled } from './drilled.js';

const ROOM = Math.max(...FAULT_NAMES.map(({ length }) => length));
const INDENT = ' '.repeat(ROOM + 4);

export function headOf(settings: Readonly<Record<string, string>>, { width }: Printer): string[] {
  const set = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const taken = set.length === 0 ? 'none is set: all have their defaults' : set.join(', ');
  return sentences(
    `A scratch copy on this machine, with your settings (${taken}) and with addresses, data and secrets of its own.`,
    width,
  );
}

export function linesOf(result: Drilled, { colour, width }: Printer): string[] {
  const colours = createColors(colour);
  const { name, passed, seconds, seen, explained, problem, next_step: next } = result;
  const mark = passed ? colours.green('✔') : colours.red('✖');
  const wrapped = (text: string) => sentences(text, width === undefined ? width : width - INDENT.length);
  const [first = '', ...more] = wrapped(seen ?? problem ?? '');
  return [
    `${mark} ${padEnd(name, ROOM)}  ${first}`,
    ...[
      ...more,
      ...(explained === null ? [] : wrapped(`Meanwhile "carryover explain" said: ${explained}`)),
      ...(next === null ? [] : wrapped(`→ ${next}`)),
      colours.dim(`${count(seconds)} s`),
    ].map((line) => INDENT + line),
  ];
}

export function conclusionOf(results: readonly Drilled[], logs: string | null): string[] {
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length === 0) return [`All passed: ${count(results.length)} of ${count(results.length)}.`];
  return [
    `${count(failed.length)} of ${count(results.length)} failed: ${failed.map(({ name }) => name).join(', ')}. The logs are kept in ${logs}.`,
  ];
}
