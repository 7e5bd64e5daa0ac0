import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { History } = temporal.api.history.v1;

/** Histories of released code, recorded by `npm run histories` and committed. */
export const HISTORIES = fileURLToPath(new URL('histories', import.meta.url));

export interface RecordedHistory {
  readonly name: string;
  readonly workflowId: string;
  readonly history: temporal.api.history.v1.History;
}

/** As protobufjs writes objects, with words for enums: readable by people and by `recordedHistories`. */
export async function keep(name: string, handle: WorkflowHandle): Promise<void> {
  const { workflowId } = handle;
  const plain = History.toObject(History.fromObject(await handle.fetchHistory()), {
    enums: String,
    longs: String,
    bytes: String,
  });
  const text = JSON.stringify({ workflowId, history: plain }, anonymous, 1);
  await writeFile(join(HISTORIES, `${name}.json`), `${text}\n`);
}

/** @throws if there is none: an empty replay proves nothing. */
export async function recordedHistories(folder = HISTORIES): Promise<readonly RecordedHistory[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
  if (files.length === 0)
    throw new Error(`There are no histories in ${folder}. Record them with: npm run histories`);
  return await Promise.all(
    files.map(async (file) => {
      const recorded = JSON.parse(await readFile(join(folder, file), 'utf8')) as {
        readonly workflowId: string;
        readonly history: Record<string, unknown>;
      };
      const history = History.fromObject(recorded.history);
      return { name: file.replace('.json', ''), workflowId: recorded.workflowId, history };
    }),
  );
}

/** Removes the recording machine's files, from stack traces, and its name, from the names of processes. */
function anonymous(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  return typeof value === 'string' ? value.replaceAll(/\d+@[\w.-]+/g, 'a-process') : value;
}
