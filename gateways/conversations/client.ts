import { Compile } from 'typebox/compile';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { MigrationPayload, SourceAccount } from '../../domain/conversations/payload.js';
import { JsonApi, NoAnswer } from '../http/json-api.js';
import type { JsonAnswer, JsonApiOptions } from '../http/json-api.js';
import { contradictionIn } from './contradictions.js';

/** The source's HTTP API. All calls are read-only and make no retries of their own. */
export interface ConversationsClient {
  /**
   * Undefined when Conversations has no such account. Throws CarryoverError: `SourceThrottled` with the source's Retry-After, `SourceUnavailable`,
   * `SourceRefused` when it rejects our token, `PayloadImpossible` when the answer breaks the contract.
   */
  getAccount(accountId: string): Promise<SourceAccount | undefined>;
  /** Like `getAccount`. Ids in the payload are unique and can be stored; any other field of a channel may be invalid. */
  getMigrationPayload(accountId: string): Promise<MigrationPayload | undefined>;
  close(): Promise<void>;
}

const checkAccount = Compile(SourceAccount);
const checkPayload = Compile(MigrationPayload);

export function conversationsClient(options: JsonApiOptions): ConversationsClient {
  const api = new JsonApi(options);
  const get = async (accountId: string, path: readonly string[]): Promise<JsonAnswer | undefined> => {
    // Such an id changes the path to another resource; encoding does not prevent it.
    if (accountId === '' || accountId === '.' || accountId === '..') return undefined;
    try {
      return usable(await api.call({ method: 'GET', path: ['accounts', accountId, ...path] }), accountId);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      throw new CarryoverError(
        'SourceUnavailable',
        `Conversations did not return account ${accountId}: ${error.message}.`,
        {
          cause: error,
        },
      );
    }
  };
  return {
    async getAccount(accountId) {
      const answer = await get(accountId, []);
      if (!answer) return undefined;
      const account = parse(checkAccount, answer.body, `The account record of ${accountId}`);
      mustBeOf(accountId, account.account_id, 'account record');
      return account;
    },
    async getMigrationPayload(accountId) {
      const answer = await get(accountId, ['migration-payload']);
      if (!answer) return undefined;
      const payload = parse(checkPayload, answer.body, `The migration payload of account ${accountId}`);
      mustBeOf(accountId, payload.account.account_id, 'migration payload');
      const contradiction = contradictionIn(payload);
      if (contradiction === undefined) return payload;
      throw new CarryoverError(
        'PayloadImpossible',
        `The migration payload of account ${accountId} ${contradiction}.`,
      );
    },
    close: () => api.close(),
  };
}

/** Undefined for 404. Throws for every other answer without a usable body. */
function usable(answer: JsonAnswer, accountId: string): JsonAnswer | undefined {
  const said = `Conversations answered ${answer.status} for account ${accountId}`;
  switch (answer.status) {
    case 200:
      if (answer.body === undefined) throw new CarryoverError('SourceUnavailable', `${said} without JSON.`);
      return answer;
    case 404:
      return undefined;
    case 401:
    case 403:
      throw new CarryoverError(
        'SourceRefused',
        `${said} and rejects our token. Check CONVERSATIONS_API_TOKEN.`,
      );
    case 429:
      throw new CarryoverError('SourceThrottled', `${said} because it is busy.`, {
        retryAfterSeconds: answer.retryAfterSeconds,
      });
    default:
      throw new CarryoverError('SourceUnavailable', `${said}.`, {
        retryAfterSeconds: answer.retryAfterSeconds,
      });
  }
}

interface Checker<Value> {
  Check(value: unknown): value is Value;
  Errors(value: unknown): { instancePath: string; message: string }[];
}

function parse<Value>(checker: Checker<Value>, body: unknown, what: string): Value {
  if (checker.Check(body)) return body;
  const wrong = checker
    .Errors(body)
    .slice(0, 5)
    .map(({ instancePath, message }) => `${instancePath === '' ? 'it' : instancePath} ${message}`);
  throw new CarryoverError('PayloadImpossible', `${what} does not match the contract: ${wrong.join('; ')}.`);
}

function mustBeOf(asked: string, answered: string, what: string): void {
  if (asked === answered) return;
  throw new CarryoverError(
    'PayloadImpossible',
    `Conversations returned another account's ${what} for account ${asked}.`,
  );
}
