import type { DataFolder } from '../data-folder.js';
import type { RunningServer } from '../server-process.js';

export interface DynamoServer extends RunningServer {
  /** URL of the server. */
  endpoint: string;
  /** Whether it is AWS's DynamoDB Local. */
  isLocal: boolean;
}

export interface DynamoPlace {
  folder: DataFolder;
  /** The folder for its data; without it the data is gone when the server ends. */
  dataPath?: string | undefined;
  /** It starts twice as fast and needs less CPU time at first; a server that is under load for minutes is faster without. */
  shortLived?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** Resolves once the server answers; a refusal is an answer too. */
export async function untilHttpAnswers(endpoint: string): Promise<void> {
  await fetch(endpoint, { signal: AbortSignal.timeout(5_000) });
}
