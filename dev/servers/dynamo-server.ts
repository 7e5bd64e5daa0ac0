import type { DataFolder } from './data-folder.js';
import type { RunningServer } from './server-process.js';

export interface DynamoServer extends RunningServer {
  /** URL of the server. */
  endpoint: string;
}

export interface DynamoPlace {
  folder: DataFolder;
  /** Where its data is kept; left out, nothing of it stays when it ends. */
  dataPath?: string | undefined;
  /** It serves for minutes: a quick start counts for more than speed. */
  shortLived?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** Resolves once the server answers: each kind answers any request, if only to refuse it. */
export async function untilHttpAnswers(endpoint: string): Promise<void> {
  await fetch(endpoint, { signal: AbortSignal.timeout(5_000) });
}
