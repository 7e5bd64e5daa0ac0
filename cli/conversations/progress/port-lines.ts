import { isPortingEnded, type PortingStatus } from '../../../domain/conversations/porting.js';
import { GAP, type Colours } from './colours.js';
import type { PortProgress } from './model.js';
import { count, oneLine, padEnd, shorten, widthOf } from '../../engine/terminal/words.js';

const INDENT = GAP + GAP;

/** Renders the ports with their states: as many on a line as fit; a port with a reason gets its own line. */
export function portLines(ports: readonly PortProgress[], room: number, colours: Colours): string[] {
  if (ports.length === 0) return [];
  const done = ports.filter(({ status }) => status === 'complete').length;
  const plain = ports.filter(({ reason }) => reason === null);
  const explained = ports.filter(({ reason }) => reason !== null);
  const width = Math.max(0, ...plain.map((port) => widthOf(textOf(port))));
  const perLine = Math.max(1, Math.floor((room - INDENT.length + GAP.length) / (width + GAP.length)));
  const lines = [`${GAP}Ports ${count(done)} / ${count(ports.length)}`];
  for (let from = 0; from < plain.length; from += perLine) {
    lines.push(lineOf(plain.slice(from, from + perLine), Math.min(width, room - INDENT.length), colours));
  }
  return [...lines, ...explained.map((port) => lineOf([port], room - INDENT.length, colours))];
}

function lineOf(ports: readonly PortProgress[], width: number, colours: Colours): string {
  const cells = ports.map((port, at) => {
    const text = shorten(textOf(port), width);
    return colourOf(port.status, colours)(at === ports.length - 1 ? text : padEnd(text, width));
  });
  return INDENT + cells.join(GAP);
}

function textOf({ phoneNumber, status, reason }: PortProgress): string {
  return oneLine(`${phoneNumber} ${status}${reason === null ? '' : ` (${reason})`}`);
}

function colourOf(status: string, colours: Colours): (text: string) => string {
  if (status === 'complete') return colours.green;
  const failed = status === 'exception' || isPortingEnded(status as PortingStatus);
  return failed ? colours.red : colours.cyan;
}
