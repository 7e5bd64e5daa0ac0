import { AsyncLocalStorage } from 'node:async_hooks';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { WorkflowClient } from '@temporalio/client';
import pg from 'pg';
import { JsonApi, type JsonCall } from '../../gateways/http/json-api.js';

/**
 * Simulates the death of a process within this one: from a point between two effects on, it has no further effect. Only libraries are patched, not
 * the product. The points are not listed anywhere: they are the named transactions and the calls of a process, by activity, each before its effect
 * and after it.
 */
export class LifeCut {
  dead = false;
  /** The points that were passed, in order; the last is the one where it died. */
  readonly passed: string[] = [];
  readonly died: Promise<string>;
  #die: (point: string) => void = () => undefined;
  /** What it waits for once it is dead: rejects when it is buried. */
  readonly end: Promise<never>;
  #bury: () => void = () => undefined;

  #diesAt: (point: string) => boolean;

  /** `diesAt` is asked at each point. */
  constructor(diesAt: (point: string) => boolean) {
    this.#diesAt = diesAt;
    this.died = new Promise((resolve) => (this.#die = resolve));
    this.end = new Promise(
      (_resolve, reject) => (this.#bury = () => reject(new Error('This process is dead.'))),
    );
    this.end.catch(() => undefined);
  }

  /** Does the work as this process. Does not settle once it is dead, until it is buried. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return lives.run(this, work);
  }

  /** Does not settle if the process dies here or is dead already, until it is buried. */
  async pass(point: string): Promise<void> {
    if (!this.dead) {
      this.passed.push(point);
      if (!this.#diesAt(point)) return;
      this.dead = true;
      this.#die(point);
    }
    return this.end;
  }

  /**
   * Fails all effects that the dead process waits for, and those that it tries from now on. Without it, what waits is never released, and loops that
   * retry go on when the patches are undone. Its connections must be closed before.
   */
  bury(): void {
    this.#bury();
    // What it opened may live as long as the tests, and refers to this.
    this.#diesAt = () => false;
  }
}

/** Ids of workflows that a process of the account's life may have started. Temporal's lists show a workflow only some time after its start. */
export const startedWorkflows = new Set<string>();

const lives = new AsyncLocalStorage<LifeCut>();

/** Does the test's own work, outside of any process that may die. */
export function outside<T>(work: () => Promise<T>): Promise<T> {
  return lives.exit(work);
}

/** Passes a point of the current process, where it may die. */
async function passPoint(point: string): Promise<void> {
  await lives.getStore()?.pass(point);
}

const activities = new AsyncLocalStorage<string>();

/** Does the work as this activity, so that its points differ from those of others. */
export async function asActivity<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    const answer = await activities.run(name, work);
    await passPoint(`after the answer of ${name}`);
    return answer;
  } catch (error) {
    await passPoint(`after the failure of ${name}`);
    throw error;
  }
}

/** Runs the effect between its two points, if it belongs to a process that may die. */
async function between<T>(name: string, effect: () => Promise<T>): Promise<T> {
  const life = lives.getStore();
  if (life === undefined) return effect();
  const activity = activities.getStore();
  const what = activity === undefined ? name : `${name} of ${activity}`;
  await life.pass(`before ${what}`);
  const result = await effect();
  await life.pass(`after ${what}`);
  return result;
}

/** Patches the libraries for the tests of a file; returns a function that undoes it. */
export function makeCuttable(): () => void {
  const undo = [cutStatements(), cutJsonCalls(), cutFiles(), cutSignals()];
  return () => {
    for (const each of undo) each();
  };
}

const BEGIN = /^BEGIN[^;]*; SET LOCAL application_name = '[^']*: ([a-z-]+)'(?:; SELECT |$)/;
const WRITES = /\b(INSERT INTO|(?<!FOR |KEY |DO )UPDATE|DELETE FROM)\s+([\w."]+)/;

function cutStatements(): () => void {
  const { query, connect } = pg.Client.prototype;
  const names = new WeakMap<pg.Client, string>();
  function patched(this: pg.Client, ...args: unknown[]): unknown {
    const life = lives.getStore();
    const [statement] = args;
    // A COPY is a stream; its transaction has a name.
    const isStream = typeof statement === 'object' && statement !== null && 'submit' in statement;
    if (life === undefined || isStream) return Reflect.apply(query, this, args);
    const callback = args.at(-1);
    const given = typeof callback === 'function' ? args.slice(0, -1) : args;
    return answered(cut(this, life, given), callback);
  }
  const cut = (client: pg.Client, life: LifeCut, args: unknown[]): Promise<unknown> => {
    if (life.dead) return life.end;
    const send = () => Reflect.apply(query, client, args) as unknown as Promise<unknown>;
    const text = typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text;
    const began = BEGIN.exec(text)?.[1];
    if (began !== undefined) names.set(client, began);
    const name = names.get(client);
    if (name === undefined) {
      const [, verb, table] = WRITES.exec(text) ?? [];
      return verb === undefined ? send() : between(`${verb} ${table}`, send);
    }
    if (text === 'COMMIT' || text === 'ROLLBACK') names.delete(client);
    return text === 'COMMIT' ? between(name, send) : send();
  };
  pg.Client.prototype.query = patched as typeof query;
  pg.Client.prototype.connect = function patchedConnect(this: pg.Client, ...args: unknown[]): unknown {
    const life = lives.getStore();
    return life?.dead ? answered(life.end, args[0]) : Reflect.apply(connect, this, args);
  } as typeof connect;
  return () => void Object.assign(pg.Client.prototype, { query, connect });
}

type Callback = (error: unknown, answer?: unknown) => void;

/** Returns the work, or passes its outcome to the callback if there is one, as `pg` does. */
function answered(work: Promise<unknown>, callback: unknown): Promise<unknown> | undefined {
  if (typeof callback !== 'function') return work;
  void callBack(work, callback as Callback);
  return undefined;
}

async function callBack(work: Promise<unknown>, callback: Callback): Promise<void> {
  let answer: unknown;
  try {
    answer = await work;
  } catch (error) {
    callback(error);
    return;
  }
  callback(null, answer);
}

function cutJsonCalls(): () => void {
  const { call } = JsonApi.prototype;
  JsonApi.prototype.call = function patched(this: JsonApi, request: JsonCall) {
    const send = () => call.call(this, request);
    const [what = '', , action = ''] = request.path;
    return request.method === 'GET' ? send() : between(`${request.method} ${what} ${action}`.trim(), send);
  };
  return () => void (JsonApi.prototype.call = call);
}

function cutFiles(): () => void {
  const { rename, rm } = fs;
  fs.rename = (from, to) => between('rename of a file', () => rename(from, to));
  fs.rm = (path, options) => between('removal of files', () => rm(path, options));
  syncBuiltinESMExports();
  return () => {
    Object.assign(fs, { rename, rm });
    syncBuiltinESMExports();
  };
}

type Begin = (type: never, options: { readonly workflowId: string }) => Promise<unknown>;

function cutSignals(): () => void {
  const { signalWithStart, start, getHandle } = WorkflowClient.prototype;
  const patched = (name: string, method: (...args: never[]) => Promise<unknown>) =>
    function call(this: WorkflowClient, ...args: never[]) {
      return between(name, () => method.apply(this, args));
    };
  const noted = (begin: Begin) =>
    function call(this: WorkflowClient, ...args: Parameters<Begin>) {
      startedWorkflows.add(args[1].workflowId);
      return begin.apply(this, args);
    };
  WorkflowClient.prototype.signalWithStart = patched(
    'signal with start',
    noted(signalWithStart as never),
  ) as typeof signalWithStart;
  WorkflowClient.prototype.start = patched('start of a workflow', noted(start as never)) as typeof start;
  WorkflowClient.prototype.getHandle = function patchedHandle(
    this: WorkflowClient,
    ...args: Parameters<typeof getHandle>
  ) {
    const handle = getHandle.apply(this, args);
    const { signal, terminate } = handle;
    handle.signal = patched('signal', signal.bind(handle)) as typeof signal;
    handle.terminate = patched('termination of a workflow', terminate.bind(handle)) as typeof terminate;
    return handle;
  } as typeof getHandle;
  return () => Object.assign(WorkflowClient.prototype, { signalWithStart, start, getHandle });
}
