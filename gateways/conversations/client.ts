import { Compile } from 'typebox/compile';
import { CarryoverError } from '../../domain/engine/failures.js';
import { MigrationPayload, SourceAccount } from '../../domain/conversations/payload.js';
import { JsonApi, NoAnswer } from '../http/json-api.js';
import type { JsonAnswer, JsonApiOptions } from '../http/json-api.js';
import { contradictionIn } from './contradictions.js';

/** The source's HTTP API. Every call reads only, and retries nothing by itself. */
export interface ConversationsClient {
  /**
   * Undefined when Conversations has no such account. Throws CarryoverError: `SourceThrottled` with the seconds it asked for,
   * `SourceUnavailable`, `SourceRefused` for our token, `PayloadImpossible` for an answer that the contract does not know.
   */
  getAccount(accountId: string): Promise<SourceAccount | undefined>;
  /** As getAccount. Ids are unique in what it answers, and can be stored; everything else in a channel may be wrong. */
  getMigrationPayload(accountId: string): Promise<MigrationPayload | undefined>;
  close(): Promise<void>;
}

const checkAccount = Compile(SourceAccount);
const checkPayload = Compile(MigrationPayload);

export function conversationsClient(options: JsonApiOptions): ConversationsClient {
  const api = new JsonApi(options);
  const get = async (accountId: string, path: readonly string[]): Promise<JsonAnswer | undefined> => {
    // Such a path would be another resource: `..` is a step up however it is written.
    if (accountId === '' || accountId === '.' || accountId === '..') return undefined;
    try {
      return usable(await api.call({ method: 'GET', path: ['accounts', accountId, ...path] }), accountId);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      throw new CarryoverError(
        'SourceUnavailable',
        `Conversations, asked for account ${accountId}: ${error.message}.`,
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

/** Undefined for 404; throws for whatever has no body to use. */
function usable(answer: JsonAnswer, accountId: string): JsonAnswer | undefined {
  const said = `Conversations, asked for account ${accountId}, answered ${answer.status}`;
  switch (answer.status) {
    case 200:
      if (answer.body === undefined) throw new CarryoverError('SourceUnavailable', `${said} without JSON.`);
      return answer;
    case 404:
      return undefined;
    case 401:
    case 403:
      throw new CarryoverError('SourceRefused', `${said}: it does not take our token.`);
    case 429:
      throw new CarryoverError('SourceThrottled', `${said}: it is busy.`, {
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
  throw new CarryoverError(
    'PayloadImpossible',
    `${what} is not what the contract says: ${wrong.join('; ')}.`,
  );
}

function mustBeOf(asked: string, answered: string, what: string): void {
  if (asked === answered) return;
  throw new CarryoverError(
    'PayloadImpossible',
    `Asked for account ${asked}, Conversations gave another account's ${what}.`,
  );
}
