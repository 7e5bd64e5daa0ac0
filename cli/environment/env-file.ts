import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import type { Environment } from './read.js';

/** The variables of a file of lines NAME=value. Throws ConfigurationError if it cannot be read. */
export async function readEnvFile(path: string): Promise<Environment> {
  const { readFile } = await import('node:fs/promises');
  const { parseEnv } = await import('node:util');
  try {
    return parseEnv(await readFile(path, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ConfigurationError([`${path} cannot be read (${code}). Check --env-file.`]);
  }
}
