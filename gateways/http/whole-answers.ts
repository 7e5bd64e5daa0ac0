import type { IncomingHttpHeaders } from 'node:http';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { pageBuffers } from '../page-buffers.js';

/** A request as the AWS SDK signs it. */
interface SignedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface WholeAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export interface WholeAnswersOptions {
  /** Concurrent connections. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** From the end of a request to its answer, and between two parts of the answer. */
  readonly answerTimeoutMs: number;
}

/**
 * Sends the SDK's requests and gives it each answer's body in one buffer. Node's own client and its streams take three times the CPU for a page of a
 * megabyte. The buffer of a large answer is from `pageBuffers`: whoever is done with it may give it back.
 */
export class WholeAnswers {
  private readonly agent: Agent;

  constructor({ connections, connectTimeoutMs, answerTimeoutMs }: WholeAnswersOptions) {
    this.agent = new Agent({
      connections,
      connect: { timeout: connectTimeoutMs },
      headersTimeout: answerTimeoutMs,
      bodyTimeout: answerTimeoutMs,
    });
  }

  async handle(
    request: SignedRequest,
    { abortSignal }: { readonly abortSignal?: AbortSignal } = {},
  ): Promise<{ readonly response: WholeAnswer }> {
    abortSignal?.throwIfAborted();
    const port = request.port === undefined ? '' : `:${request.port}`;
    const options: Dispatcher.DispatchOptions = {
      origin: `${request.protocol}//${request.hostname}${port}`,
      path: request.path,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
    };
    return { response: await this.dispatch(options, abortSignal) };
  }

  /** Called by the SDK when its client is destroyed. Ends what still runs. */
  destroy(): void {
    this.agent.destroy().catch(() => undefined);
  }

  private dispatch(
    options: Dispatcher.DispatchOptions,
    signal: AbortSignal | undefined,
  ): Promise<WholeAnswer> {
    return new Promise((resolve, reject) => {
      let controller: Dispatcher.DispatchController | undefined;
      let [statusCode, headers]: [number, Record<string, string>] = [0, {}];
      let body = new Collector(0);
      const abort = (): void => controller?.abort(signal?.reason as Error);
      signal?.addEventListener('abort', abort);
      const end = (): void => signal?.removeEventListener('abort', abort);
      this.agent.dispatch(options, {
        onRequestStart(started) {
          controller = started;
          if (signal?.aborted === true) abort();
        },
        onResponseStart(_controller, code, received) {
          [statusCode, headers] = [code, textsOf(received)];
          body = new Collector(Number(headers['content-length'] ?? Number.POSITIVE_INFINITY));
        },
        onResponseData: (_controller, chunk) => body.add(chunk),
        onResponseEnd() {
          end();
          resolve({ statusCode, headers, body: body.collected });
        },
        onResponseError(_controller, error) {
          end();
          reject(inNodesWords(error));
        },
      });
    });
  }
}

/** Answers of up to this size, such as single records, have buffers of their own. */
const SMALL = 65_536;

class Collector {
  private buffer: Buffer;
  private length = 0;

  constructor(expected: number) {
    this.buffer = expected <= SMALL ? Buffer.allocUnsafe(expected) : pageBuffers.take();
  }

  get collected(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  add(chunk: Buffer): void {
    if (this.length + chunk.length > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (this.length + chunk.length));
      this.buffer.copy(larger, 0, 0, this.length);
      pageBuffers.give(this.buffer);
      this.buffer = larger;
    }
    this.length += chunk.copy(this.buffer, this.length);
  }
}

function textsOf(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** The SDK repeats requests after errors that it knows by the names of Node's own client. */
function inNodesWords(error: Error): Error {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || !code.startsWith('UND_ERR_')) return error;
  const changes = TIMEOUTS.has(code) ? { name: 'TimeoutError', code: undefined } : { code: 'ECONNRESET' };
  return Object.assign(new Error(error.message, { cause: error }), changes);
}
