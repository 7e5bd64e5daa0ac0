import { DEFAULT_KIND } from '../../../domain/kinds.js';
import type { ApiClient } from '../api/client.js';
import type { CliKinds } from '../choose-kind.js';
import { type CliKind, textIn } from '../kind.js';
import { chooseProfile } from '../profiles/choose.js';
import { configFileOf, readConfig } from '../profiles/config.js';
import { connect } from '../settings.js';
import type { Terminal } from '../terminal/terminal.js';
import { oneLine } from '../terminal/words.js';

export type Candidate = readonly [value: string, words: string];

/** The values to complete from: these, or those that an option or argument of this name takes. */
export interface Wanted {
  readonly choices?: readonly string[];
  readonly name?: string;
}

export interface Asked {
  /** Options that stand before it. */
  readonly given: Readonly<Record<string, string>>;
  readonly kinds: CliKinds;
  readonly terminal: Terminal;
}

/** A person waits at the prompt. */
const LIMIT_MS = 1_500;
const MOST = '100';

/** Empty if the values cannot be known. Never throws, and takes no longer than LIMIT_MS. */
export async function candidatesOf(
  { choices, name }: Wanted,
  typed: string,
  asked: Asked,
): Promise<readonly Candidate[]> {
  if (choices !== undefined) return choices.map((choice) => [choice, '']);
  const { kinds, given } = asked;
  const kind = kinds[given['kind'] ?? DEFAULT_KIND];
  try {
    switch (name) {
      case undefined:
        return [];
      case 'kind':
        return Object.keys(kinds).map((each) => [each, '']);
      case 'status':
        return (kind?.statuses ?? []).map((each) => [each, '']);
      case 'only':
        return (kind?.failureKinds ?? []).map((each) => [each, '']);
      case 'profile':
      case 'name':
        return await profiles(asked);
      case 'key':
      case 'account':
        return await migrations(typed, asked);
      case 'wave':
        return await waves(asked);
      case 'file':
      case 'out':
      case 'envFile':
        return [[':files', '']];
      default:
        return [];
    }
  } catch {
    return [];
  }
}

async function profiles({ terminal: { environment } }: Asked): Promise<readonly Candidate[]> {
  const file = configFileOf(environment);
  if (file === undefined) return [];
  return Object.entries((await readConfig(file)).profiles).map(([name, { url }]) => [name, url ?? '']);
}

/** The keys of migrations that contain the typed text. */
function migrations(typed: string, asked: Asked): Promise<readonly Candidate[]> {
  return atApi(asked, async (api, kind) => {
    if (kind === undefined) return [];
    const { calls } = kind;
    const { migrations: found } = await api.get<{ migrations: object[] }>(calls.migrations, {
      q: typed || undefined,
      limit: MOST,
    });
    return found.map((each) => [
      textIn(each, calls.fields.key),
      oneLine(`${textIn(each, calls.fields.status)} ${textIn(each, 'name')}`),
    ]);
  });
}

function waves(asked: Asked): Promise<readonly Candidate[]> {
  return atApi(asked, async (api) => {
    const found = await api.get<{ waves: object[] }>('/v2/waves', { limit: MOST });
    return found.waves.map((each) => [
      textIn(each, 'id'),
      oneLine(`${textIn(each, 'state')} ${textIn(each, 'key')}`),
    ]);
  });
}

/** A profile that runs a command for its token is not asked: it could ask for a password. */
async function atApi(
  { given, kinds, terminal }: Asked,
  ask: (api: ApiClient, kind: CliKind | undefined) => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  const limit = new AbortController();
  const stop = terminal.clock.after(LIMIT_MS, () => limit.abort());
  try {
    const signal = AbortSignal.any([terminal.signal, limit.signal]);
    const silent: Terminal = { ...terminal, signal, error: { write: () => undefined } };
    const profile = await chooseProfile(given['profile'], silent);
    const { token_command: _asks, ...quiet } = profile;
    return await ask(connect(given, quiet, silent), kinds[given['kind'] ?? profile.kind ?? DEFAULT_KIND]);
  } finally {
    stop();
  }
}
