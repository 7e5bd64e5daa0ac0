/**
 * Loaded before a process of Carryover by `node --import`: kills it, with SIGKILL, as it passes the point that CRASH_AT names
 * for the n-th time (`point#n`). The product has no part in this: what is patched here are the libraries between two effects.
 * Where CRASH_HELD is set a worker waits, ready but for Temporal, until it gets SIGWINCH.
 */
import { writeSync } from 'node:fs';
import fs from 'node:fs/promises';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { WorkflowClient } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import pg from 'pg';
import { Agent } from 'undici';

const [point, times = '1'] = (process.env.CRASH_AT ?? '').split('#');
let left = Number(times);

function pass(name) {
  if (name !== point || --left !== 0) return;
  writeSync(2, `crash point ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
  // Nothing of this process may happen any more, however long the signal takes.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** A transaction says what it is for as it begins. */
const BEGIN = /^BEGIN[^;]*; SET LOCAL application_name = '[^']*: ([a-z-]+)'(?:; SELECT |$)/;

const { query } = pg.Client.prototype;
pg.Client.prototype.query = function patched(...args) {
  const text = typeof args[0] === 'string' ? args[0] : (args[0]?.text ?? '');
  if (text.startsWith('BEGIN')) this.transaction = BEGIN.exec(text)?.[1];
  // A transaction of its own.
  if (text.includes('DELETE FROM messages ')) return after(query.apply(this, args), 'messages:removed');
  if (text !== 'COMMIT' || this.transaction === undefined) return query.apply(this, args);
  const { transaction } = this;
  pass(`${transaction}:commit`);
  const sent = query.apply(this, args);
  return typeof sent?.then === 'function' ? after(sent, `${transaction}:committed`) : sent;
};

const ORDERS = /\/port-orders(?:\/[^/]+\/(?<step>[^/]+))?$/;

const { dispatch } = Agent.prototype;
Agent.prototype.dispatch = function patched(options, handler) {
  const order = options.method === 'POST' ? ORDERS.exec(options.path) : null;
  if (order === null) return dispatch.call(this, options, handler);
  const step = order.groups.step ?? 'order';
  pass(`${step}:send`);
  const onResponseEnd = (...args) => {
    pass(`${step}:answered`);
    handler.onResponseEnd(...args);
  };
  return dispatch.call(this, options, { ...handler, onResponseEnd });
};

const { rename } = fs;
/** A worker that starts writes and removes something there, to see that it can. */
const isProbe = (path) => path.includes('.carryover');
fs.rename = (from, to) => {
  if (!from.includes('.unfinished') || isProbe(to)) return rename(from, to);
  pass('object:name');
  return after(rename(from, to), 'object:named');
};
syncBuiltinESMExports();

const released = new Promise((resolve) => {
  if (process.env.CRASH_HELD) process.once('SIGWINCH', resolve);
  else resolve();
});

const { create } = Worker;
Worker.create = async (options) => {
  if (process.env.CRASH_HELD && options.workflowBundle) writeSync(2, 'crash point is waited for\n');
  await released;
  const activities = Object.entries(options.activities ?? {}).map(([name, activity]) => [
    name,
    (...args) => after(activity(...args), `${name}:done`),
  ]);
  return create.call(Worker, {
    ...options,
    ...(options.activities && { activities: Object.fromEntries(activities) }),
  });
};

// The worker's own, which decides nothing: what a workflow has decided goes through it to Temporal.
const { native } = createRequire(createRequire(import.meta.url).resolve('@temporalio/worker'))(
  '@temporalio/core-bridge',
);
const { workerCompleteWorkflowActivation } = native;
native.workerCompleteWorkflowActivation = (...args) => {
  pass('workflow-task:decided');
  return workerCompleteWorkflowActivation(...args);
};

const { signalWithStart } = WorkflowClient.prototype;
WorkflowClient.prototype.signalWithStart = function patched(...args) {
  pass('start:send');
  return after(signalWithStart.apply(this, args), 'start:sent');
};

async function after(work, name) {
  const result = await work;
  pass(name);
  return result;
}
