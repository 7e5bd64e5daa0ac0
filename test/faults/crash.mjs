/**
 * Loaded before a process of Carryover by `node --import`: kills it, with SIGKILL, as it passes the point that CRASH_AT names
 * for the n-th time (`point#n`). The product has no part in this: what is patched here are the libraries between two effects.
 */
import { writeSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { WorkflowClient } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import pg from 'pg';
import { JsonApi } from '../../dist/gateways/http/json-api.js';

const [point, times = '1'] = (process.env.CRASH_AT ?? '').split('#');
let left = Number(times);

function pass(name) {
  if (name !== point || --left !== 0) return;
  writeSync(2, `crash point ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
  // Nothing of this process may happen any more, however long the signal takes.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** What a transaction is for, by a statement in it; the last one counts, but for a callback, which writes a message too. */
const TRANSACTIONS = [
  ['plan', /INSERT INTO import_phases/],
  ['batch', /UPDATE import_slices\s+SET cursor|WITH moved AS|moved/],
  ['check', /UPDATE import_phases SET completed_at/],
  ['status', /INSERT INTO status_documents/],
  ['message', /INSERT INTO workflow_messages/],
  ['callback', /INSERT INTO .*porting_callbacks/],
];

const { query } = pg.Client.prototype;
pg.Client.prototype.query = function patched(...args) {
  const text = typeof args[0] === 'string' ? args[0] : (args[0]?.text ?? '');
  if (text.startsWith('BEGIN')) this.transaction = undefined;
  for (const [name, pattern] of TRANSACTIONS)
    if (this.transaction !== 'callback' && pattern.test(text)) this.transaction = name;
  if (text.includes('SET lease = s.lease + 1')) pass('claim:send');
  if (text !== 'COMMIT' || this.transaction === undefined) return query.apply(this, args);
  const { transaction } = this;
  pass(`${transaction}:commit`);
  const sent = query.apply(this, args);
  return typeof sent?.then === 'function' ? after(sent, `${transaction}:committed`) : sent;
};

const { call } = JsonApi.prototype;
JsonApi.prototype.call = function patched(request) {
  if (request.path[0] !== 'port-orders' || request.method !== 'POST') return call.call(this, request);
  pass('order:send');
  return after(call.call(this, request), 'order:answered');
};

const { rename } = fs;
fs.rename = (from, to) => {
  if (!from.includes('.unfinished')) return rename(from, to);
  pass('object:name');
  return after(rename(from, to), 'object:named');
};
syncBuiltinESMExports();

const { create } = Worker;
Worker.create = (options) => {
  const activities = Object.entries(options.activities ?? {}).map(([name, activity]) => [
    name,
    (...args) => after(activity(...args), `${name}:done`),
  ]);
  return create.call(Worker, {
    ...options,
    ...(options.activities && { activities: Object.fromEntries(activities) }),
  });
};

const { signalWithStart, getHandle } = WorkflowClient.prototype;
WorkflowClient.prototype.signalWithStart = function patched(...args) {
  pass('start:send');
  return after(signalWithStart.apply(this, args), 'start:sent');
};
WorkflowClient.prototype.getHandle = function patched(...args) {
  const handle = getHandle.apply(this, args);
  const { signal } = handle;
  handle.signal = (...told) => {
    pass('signal:send');
    return after(signal.apply(handle, told), 'signal:sent');
  };
  return handle;
};

async function after(work, name) {
  const result = await work;
  pass(name);
  return result;
}
