import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KindMaker } from '../../api/kinds.js';
import { callsOf, type CliKind } from '../../cli/engine/kind.js';
import { print } from '../../cli/engine/terminal/terminal.js';
import { DEFAULT_KIND, KINDS } from '../../domain/kinds.js';
import { addMove, movesKind } from '../api/moves-kind.js';
import { type CommandWorld, commandWorld } from './command-world.js';

interface Move {
  readonly from: string;
  readonly status: string;
  readonly moved: number;
}

/** The command line's half of the test's second kind. */
const MOVES: CliKind<Move> = {
  name: 'moves',
  subject: 'move',
  statuses: ['queued', 'running', 'completed', 'undone'],
  failureKinds: ['door-locked'],
  calls: callsOf('moves', ['pause', 'resume', 'undo']),
  show: async ({ from, status }, { out }) => print(out, `from ${from}: ${status}`),
  watching: async () => ({
    openDisplay: ({ out }) => ({
      update: ({ moved, status }) => print(out, `${moved} moved, ${status}`),
      end: () => undefined,
    }),
    endOf: ({ status }) => (status === 'running' ? undefined : { how: 'fine', words: `It is ${status}.` }),
  }),
  addCommands: ({ root, terminal: { out } }) =>
    void root.command('knock <door>').action((door: string) => print(out, `Knock on ${door}.`)),
};

let world: CommandWorld;
let account: string;
beforeAll(async () => {
  world = await commandWorld(undefined, {
    api: {
      moves: movesKind,
      rockets: () => ({ off: 'ROCKETS_URL is not set.' }),
      trains: trains,
    },
    cli: { moves: MOVES, rockets: { ...MOVES, name: 'rockets', addCommands: () => undefined } },
  });
  account = await world.addAccount();
  for (const key of ['1:4', '2:5', '3:6']) await addMove(world.store, key);
});
afterAll(() => world?.close());

/** What a newer API has. */
const trains: KindMaker = (its) => ({ ...movesKind(its), name: 'trains' });
const carryover: CommandWorld['carryover'] = (...said) => world.carryover(...said);

describe('carryover kinds', () => {
  it('lists the kinds that the API has', async () => {
    const { status, out } = await carryover(['kinds']);
    expect(status).toBe(0);
    expect(out.split('\n')[0]).toMatch(/^KIND +WHAT +UNITS +PHASES$/);
    expect(out).toMatch(/^conversations +Conversations +brands +recent, remaining$/m);
    expect(out).toMatch(/^moves +Moves between rooms +rooms +everything$/m);
    expect(JSON.parse((await carryover(['kinds', '--json'])).out)).toMatchObject([
      { kind: 'conversations' },
      { kind: 'moves' },
      { kind: 'trains' },
    ]);
  });
});

describe('--kind', () => {
  it('is known to every kind of the project, and the default is one of them', () => {
    expect(KINDS).toContain(DEFAULT_KIND);
  });

  it('may stand before or after the command, and has a default', async () => {
    const usual = await carryover(['status', account]);
    for (const args of [
      ['--kind', 'conversations', 'status', account],
      ['status', '--kind', 'conversations', account],
      ['status', account, '--kind=conversations'],
    ])
      expect(await carryover(args)).toEqual(usual);
  });

  it.each([['planets'], ['rockets']])('%s is refused with 2 and the kinds that there are', async (kind) => {
    expect(await carryover(['list', '--kind', kind])).toEqual({
      status: 2,
      out: '',
      error: `This API has no kind of migration called ${kind}: --kind is one of conversations, moves, trains.\n`,
    });
  });

  it('reports a kind that only a newer API knows', async () => {
    expect(await carryover(['list', '--kind', 'trains'])).toMatchObject({
      status: 1,
      error: expect.stringContaining('Update carryover'),
    });
  });

  it('is shown in the help of every command', async () => {
    for (const command of ['status', 'pause', 'failures', 'verify'])
      expect((await carryover([command, '--help'])).out).toContain('--kind <name>');
  });

  it('refuses the commands that only another kind has', async () => {
    expect((await carryover(['knock', 'a', '--kind', 'moves'])).out).toBe('Knock on a.\n');
    expect((await carryover(['knock', 'a'])).out).toBe('Knock on a.\n');
    expect(await carryover(['quarantine', 'list', '1:4', '--kind', 'moves'])).toMatchObject({
      status: 2,
      error: '"quarantine" is for the kind conversations, not for moves.\n',
    });
    expect(await carryover(['start', '1:4', '--kind', 'moves'])).toMatchObject({ status: 2, out: '' });
  });
});

describe('a kind that is unlike conversations', () => {
  const run = (...args: string[]) => carryover([...args, '--kind', 'moves']);

  it('is listed in its own words, searched, and filtered by its own statuses', async () => {
    const { out } = await run('list');
    expect(out.split('\n')[0]).toMatch(/^MOVE +STATUS +CHANGED +NAME$/);
    expect(out).toMatch(/^1:4 +running .*Room 1:4$/m);
    expect((await run('list', '--q', '2:')).out.trim().split('\n')).toHaveLength(2);
    expect((await run('list', '--q', 'x')).out).toBe('No move has "x" in its key or name.\n');
    expect((await run('list', '--status', 'completed')).out).toBe('No move is completed.\n');
    expect(await run('list', '--status', 'migrating')).toMatchObject({
      status: 2,
      error: '--status is one of queued, running, completed, undone.\n',
    });
    expect(JSON.parse((await run('list', '--limit', '1', '--json')).out)).toMatchObject([
      { kind: 'moves', key: '3:6', needs_attention: false },
    ]);
  });

  it('is shown, steered and audited', async () => {
    expect((await run('status', '1:4')).out).toBe('from 1: running\n');
    expect(JSON.parse((await run('status', '1:4', '--json')).out)).toMatchObject({ from: '1', moved: 0 });
    expect((await run('explain', '1:4')).out).toMatch(/^Nothing works on move 1:4: Temporal has no workflow/);
    expect((await run('pause', '1:4')).out).toBe('The migration of 1:4 is paused (running).\n');
    expect(JSON.parse((await run('resume', '1:4', '--json')).out)).toEqual({
      kind: 'moves',
      key: '1:4',
      status: 'running',
    });
    expect(await run('undo', '2:5')).toMatchObject({
      status: 2,
      error: 'This removes what the migration of 2:5 has written. To confirm, add --yes.\n',
    });
    expect((await run('undo', '2:5', '--yes')).out).toBe('The migration of 2:5 is being undone (undone).\n');
    const { out } = await run('audit', '1:4');
    expect(out).toMatch(/resume +ann/);
    expect((await run('audit', '3:6')).out).toBe('Nobody has done anything to 3:6 yet.\n');
    expect((await run('status', '9:9')).error).toContain('There is no such move.');
  });

  it('reports commands that the kind does not have', async () => {
    expect(await run('retry', '1:4')).toMatchObject({
      status: 1,
      error: 'The kind moves has no retry. It has: pause, resume, undo.\n',
    });
    expect(await run('verify', '1:4')).toMatchObject({
      status: 1,
      error: expect.stringContaining('has no verification'),
    });
    expect((await run('certificate', 'get', '1:4')).error).toContain('There is no certificate');
    expect((await carryover(['undo', account])).error).toContain('The kind conversations has no undo.');
  });

  it('is watched to its end', async () => {
    expect(await run('watch', '2:5')).toMatchObject({ status: 0, out: '0 moved, undone\nIt is undone.\n' });
  });

  it('has its failures and its report, in its own words', async () => {
    const { out } = await run('failures', '1:4');
    expect(out).toMatch(/^MOVE +WHAT/);
    expect(out).toContain('carryover retry --kind moves 1:4');
    expect((await run('failures', '--only', 'door-locked', '--json')).out).toContain('door of room 3');
    expect(await run('failures', '--only', 'porting')).toMatchObject({
      status: 2,
      error: '--only is one of door-locked.\n',
    });
    expect((await run('report')).out).toContain('door-locked: 3');
    expect(JSON.parse((await run('report', '--output', 'json')).out)).toMatchObject({ kind: 'moves' });
    expect((await run('report', '--output', 'markdown')).status).toBe(2);
  });
});
