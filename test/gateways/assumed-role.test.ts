import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { assumedRole } from '../../gateways/aws/assumed-role.js';
import { sourceError } from '../../gateways/dynamodb/errors.js';

const ROLE = 'arn:aws:iam::123456789012:role/reader';
const KEYS = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>of-the-role</AccessKeyId>
  <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`;
const DENIED = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`;

const asked: string[] = [];
const sts = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    asked.push(body);
    const denied = body.includes('stranger');
    response.writeHead(denied ? 403 : 200, { 'content-type': 'text/xml' }).end(denied ? DENIED : KEYS);
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(sts.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'own');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'own');
});
afterAll(() => {
  vi.unstubAllEnvs();
  sts.closeAllConnections();
  sts.close();
});

test('the role is assumed for reading, and its keys are used', async () => {
  const keys = await assumedRole(ROLE, 'us-east-1')();
  expect(keys).toMatchObject({ accessKeyId: 'of-the-role', sessionToken: 'token' });
  expect(new URLSearchParams(asked.at(-1)).get('RoleArn')).toBe(ROLE);
});

test('a role that may not be assumed is a refusal, reported at once', async () => {
  const before = asked.length;
  const error: unknown = await assumedRole(`${ROLE}/stranger`, 'us-east-1')().catch((e: unknown) => e);
  expect(sourceError(error, 'reading', undefined)).toMatchObject({ type: 'SourceRefused' });
  expect(asked).toHaveLength(before + 1);
});
