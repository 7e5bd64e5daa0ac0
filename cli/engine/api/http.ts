import { type IncomingMessage, type RequestOptions, request as httpRequest } from 'node:http';

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends a request and resolves with the answer's head; its body is read as a stream. Rejects with a system error, or with the signal's reason.
 *
 * Node's `fetch` would be loaded for the first request, which takes longer than everything else that a short command does.
 */
export async function send(
  url: string,
  { method, headers, body, signal }: HttpRequest,
): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const request = url.startsWith('https:') ? (await import('node:https')).request : httpRequest;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options: RequestOptions = { method, headers: { ...headers, ...length }, signal };
  return new Promise((resolve, reject) => {
    const sent = request(url, options);
    sent
      .on('response', resolve)
      .on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    sent.end(body);
  });
}

export async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of answer.setEncoding('utf8')) text += part as string;
  return text;
}
