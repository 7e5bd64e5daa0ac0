import type { FastifyInstance } from 'fastify';
import type { SourceAccount } from './contract.js';
import { FaultBox, type Fault } from './faults.js';
import { sampleFile } from './sample-files.js';
import { createServer, listen, requireToken } from './server.js';

const ROUTES = ['account', 'payload', 'files'] as const;
export type ConversationsRoute = (typeof ROUTES)[number];

/** An account as the service returns it. The payload is not checked, because it may be wrong on purpose. */
export interface ServedAccount {
  account: SourceAccount;
  payload: unknown;
}

export interface ConversationsServiceOptions {
  /** The preferred port; another is used if it is taken. */
  port?: number;
  token: string;
  accounts: Iterable<ServedAccount>;
  faults?: Partial<Record<ConversationsRoute, Fault>>;
  /** Called by `POST /fix`, a route that exists only with this. */
  onFix?: () => Promise<void>;
}

export interface ConversationsService {
  /** `CONVERSATIONS_API_URL`; attachments are below `/files`. */
  url: string;
  /** Calls so far, faulty ones included. */
  requests: Readonly<Record<ConversationsRoute, number>>;
  setFault(route: ConversationsRoute, fault: Fault | null): void;
  /** Adds an account, or replaces the one with the same id. */
  put(served: ServedAccount): void;
  remove(accountId: string): void;
  /** Ids of attachments whose files are gone. */
  gone: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Starts Conversations' HTTP API on 127.0.0.1 for the given accounts, with the files of their attachments. */
export async function startConversationsService(
  options: ConversationsServiceOptions,
): Promise<ConversationsService> {
  const accounts = new Map<string, ServedAccount>();
  for (const served of options.accounts) accounts.set(served.account.account_id, served);
  const faults = new FaultBox<ConversationsRoute>(ROUTES);
  for (const route of ROUTES) faults.set(route, options.faults?.[route] ?? null);

  const server = createServer();
  faults.install(server);
  addAccountRoutes(server, options.token, accounts);
  const files: Files = { gone: new Set() };
  addFileRoute(server, files);
  if (options.onFix) addFixRoute(server, options.onFix);
  const url = await listen(server, options.port);
  return {
    url,
    requests: faults.requests,
    setFault: (route, fault) => faults.set(route, fault),
    put: (served) => void accounts.set(served.account.account_id, served),
    remove: (accountId) => void accounts.delete(accountId),
    get gone() {
      return files.gone;
    },
    set gone(ids) {
      files.gone = ids;
    },
    stop: () => server.close(),
  };
}

interface AccountParams {
  Params: { account_id: string };
}

function addAccountRoutes(
  server: FastifyInstance,
  token: string,
  accounts: Map<string, ServedAccount>,
): void {
  const onRequest = requireToken(token);
  const answers = { account: '', payload: '/migration-payload' } as const;
  for (const part of ['account', 'payload'] as const) {
    server.get<AccountParams>(
      `/accounts/:account_id${answers[part]}`,
      { onRequest, config: { sampleRoute: part } },
      async (request, reply) => {
        const served = accounts.get(request.params.account_id);
        if (served === undefined) return reply.code(404).send({ error: 'no such account' });
        return reply.send(served[part]);
      },
    );
  }
}

interface Files {
  gone: ReadonlySet<string>;
}

function addFixRoute(server: FastifyInstance, onFix: () => Promise<void>): void {
  server.post('/fix', async (_request, reply) => {
    await onFix();
    return reply.code(204).send();
  });
}

/** Files need no token: messages carry their addresses. */
function addFileRoute(server: FastifyInstance, files: Files): void {
  server.get<{ Params: { key: string; '*': string } }>(
    '/files/:key/*',
    { config: { sampleRoute: 'files' } },
    async (request, reply) => {
      const [attachmentId = ''] = request.params['*'].split('/');
      if (files.gone.has(attachmentId)) return reply.code(410).send({ error: 'this file is gone' });
      const file = sampleFile(request.params.key);
      if (file === undefined) return reply.code(404).send({ error: 'no such file' });
      return reply.header('content-type', file.content_type).send(file.bytes);
    },
  );
}
