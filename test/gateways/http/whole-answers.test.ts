import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WholeAnswers } from '../../../gateways/http/whole-answers.js';
import { pageBuffers } from '../../../gateways/page-buffers.js';
import { misbehavingServer, NO_ANSWERS } from './misbehaving-server.js';
import type { MisbehavingServer } from './misbehaving-server.js';

let server: MisbehavingServer;
let answers: WholeAnswers;

beforeEach(async () => {
  server = await misbehavingServer();
  answers = new WholeAnswers({ connections: 2, connectTimeoutMs: 5_000, answerTimeoutMs: 5_000 });
});

afterEach(async () => {
  answers.destroy();
  await server.close();
});

function ask(abortSignal?: AbortSignal) {
  const { protocol, hostname, port } = new URL(server.url);
  const request = {
    method: 'POST',
    protocol,
    hostname,
    port: Number(port),
    path: '/',
    headers: { 'x-amz-target': 'DynamoDB_20120810.Query' },
    body: '{"TableName":"messages"}',
  };
  return answers.handle(request, abortSignal && { abortSignal });
}

test.each([
  ['of no bytes', 0, true],
  ['of a record', 3_000, true],
  ['of a page', 1_000_000, true],
  ['of unknown size', 1_000_000, false],
  ['larger than any page', 5_000_000, true],
  ['larger than any page and of unknown size', 5_000_000, false],
])('an answer %s arrives whole, with its status and headers', async (_what, size, isAnnounced) => {
  const bytes = randomBytes(size);
  server.answer = (response, { headers, body }) => {
    response.writeHead(400, {
      'x-amzn-requestid': `${String(headers['x-amz-target'])} ${body}`,
      ...(isAnnounced && { 'content-length': size }),
    });
    for (let at = 0; at < size; at += 100_000) response.write(bytes.subarray(at, at + 100_000));
    response.end();
  };
  const { response } = await ask();
  expect(response.statusCode).toBe(400);
  expect(response.headers['x-amzn-requestid']).toBe('DynamoDB_20120810.Query {"TableName":"messages"}');
  expect(response.body.equals(bytes)).toBe(true);
});

test('the buffer of a page that was given back is used again', async () => {
  server.answer = (response) => response.end(Buffer.alloc(1_000_000, 'a'));
  const first = (await ask()).response.body;
  expect(first.buffer.byteLength).toBe(pageBuffers.bytes);
  const second = (await ask()).response.body;
  expect(second.buffer).not.toBe(first.buffer);
  pageBuffers.give(Buffer.from(first.buffer));
  expect((await ask()).response.body.buffer).toBe(first.buffer);
});

test.each(['cuts the connection at once', 'cuts the connection within the answer'])(
  'a server that %s is an error that the SDK repeats',
  async (how) => {
    server.answer = NO_ANSWERS[how] ?? server.answer;
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' });
  },
);

test('an aborted request ends with the reason, before and after it was sent', async () => {
  const stop = new AbortController();
  server.answer = () => stop.abort(new Error('the lane stops'));
  await expect(ask(stop.signal)).rejects.toThrow('the lane stops');
  await expect(ask(stop.signal)).rejects.toThrow('the lane stops');
});
