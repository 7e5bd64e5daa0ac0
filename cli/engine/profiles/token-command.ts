import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ConfigurationError } from '../../../domain/engine/configuration-error.js';

/** Long enough for a person who unlocks a password manager. */
const TIMEOUT_MS = 60_000;

/** Runs the profile's `token_command` in a shell and returns what it prints. @throws ConfigurationError with what it said. */
export async function runTokenCommand(
  command: string,
  profile: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { signal, timeout: TIMEOUT_MS });
    const token = stdout.trim();
    if (/^[\x21-\x7e]+$/.test(token)) return token;
    const what = token === '' ? 'printed nothing' : 'printed more than a token';
    throw new ConfigurationError([`The token_command of the profile ${profile} ${what}: ${command}`]);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    signal.throwIfAborted();
    const {
      code,
      killed,
      stderr = '',
    } = error as Error & { code?: unknown; killed?: boolean; stderr?: string };
    const how = killed === true ? `did not end within ${TIMEOUT_MS / 1_000} s` : `ended with ${String(code)}`;
    const words = `The token_command of the profile ${profile} ${how}: ${command}`;
    throw new ConfigurationError([[words, stderr.trim()].filter(Boolean).join('\n')]);
  }
}
