import { Writable } from 'node:stream';
import { pino } from 'pino';
import { type World, apiWorld } from './world.js';

interface Line {
  readonly level: number;
  readonly msg: string;
}

/** An API whose log lines can be counted. */
export async function loggingWorld(options: Parameters<typeof apiWorld>[0] = {}) {
  const lines: Line[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Line);
      done();
    },
  });
  const world = await apiWorld({ ...options, log: pino({ level: 'warn' }, destination) });
  const saying = (words: RegExp) => lines.filter(({ msg }) => words.test(msg)).length;
  return { world, saying };
}

/** What `/readyz` says. */
export const checksOf = async (world: World) => {
  const answer = await world.call('GET', '/readyz');
  const { checks, details, detail } = answer.json<{
    checks: Record<string, string>;
    details?: string[];
    detail?: string;
  }>();
  return { status: answer.statusCode, ...checks, details: details ?? [detail] };
};
/** `1` while the metrics say that Temporal is up. */
export const isUp = async (world: World) =>
  /^carryover_temporal_up (\d)$/m.exec((await world.call('GET', '/metrics')).body)?.[1];
