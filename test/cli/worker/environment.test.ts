import { describe, expect, it } from 'vitest';
import { readApiEnvironment } from '../../../cli/environment/api.js';
import { payloadKeysOf } from '../../../cli/environment/common.js';
import { readWorkerEnvironment, workerQueues } from '../../../cli/environment/worker.js';
import { api, worker, problemsOf } from '../environments.js';

describe('the environment of the worker', () => {
  it('is taken with its defaults', () => {
    expect(readWorkerEnvironment({ ...worker, PORTING_POLL_SECONDS: '2', RECENT_DAYS: ' 7 ' })).toMatchObject(
      {
        CONVERSATIONS_THREADS_TABLE: 'threads',
        CONVERSATIONS_MESSAGES_TABLE: 'messages',
        PORTING_POLL_SECONDS: 2,
        RECENT_DAYS: 7,
        STORE_COMMIT_BUDGET_MS: 50,
        STORE_REPLICA_LAG_BUDGET_SECONDS: 10,
        ATTACHMENT_HOSTS: '',
        WORKER_QUEUES: 'workflows,imports,calls,following',
        METRICS_HOST: '127.0.0.1',
      },
    );
  });

  it('names the queues to serve, in any order and once, and refuses those that there are not', () => {
    expect(workerQueues(' following, calls,calls ')).toEqual(['calls', 'following']);
    expect(problemsOf(() => readWorkerEnvironment({ ...worker, WORKER_QUEUES: 'calls,import' }))).toEqual([
      'WORKER_QUEUES is wrong: there is no queue import. The queues are workflows, imports, calls, following.',
    ]);
    expect(problemsOf(() => readWorkerEnvironment({ ...worker, WORKER_QUEUES: ' , ' }))).toEqual([
      'WORKER_QUEUES is wrong: it names no queue. The queues are workflows, imports, calls, following.',
    ]);
  });

  it('refuses a name for its deployment that Temporal would not take', () => {
    expect(problemsOf(() => readWorkerEnvironment({ ...worker, WORKER_DEPLOYMENT: 'a.b' }))).toEqual([
      expect.stringMatching(/^WORKER_DEPLOYMENT is wrong: it must be the name/),
    ]);
  });

  it('refuses an interval out of range', () => {
    expect(problemsOf(() => readWorkerEnvironment({ ...worker, PORTING_POLL_SECONDS: '0' }))).toEqual([
      'PORTING_POLL_SECONDS is wrong: it must be seconds, 1 to 86400, after which a port order without a callback is first polled.',
    ]);
  });

  it('requires a region with a local DynamoDB', () => {
    expect(
      problemsOf(() => readWorkerEnvironment({ ...worker, DYNAMODB_ENDPOINT: 'http://localhost:8000' })),
    ).toEqual(['AWS_REGION is missing: a local DynamoDB needs one too, with any value.']);
  });
});

describe('what the gateways of the worker cannot read', () => {
  it('is reported once each, beside what is missing', () => {
    const problems = problemsOf(() =>
      readWorkerEnvironment({
        ...worker,
        CARRIER_API_TOKEN: '',
        ATTACHMENTS_URL: 's3://B',
        ATTACHMENT_HOSTS: 'https://a.example, *.b.example',
        DYNAMODB_ENDPOINT: 'http://localhost:8000',
      }),
    );
    expect(problems).toEqual([
      expect.stringMatching(/^CARRIER_API_TOKEN is missing/),
      expect.stringMatching(/^AWS_REGION is missing/),
      expect.stringMatching(/^ATTACHMENTS_URL is invalid: (?!ATTACHMENTS_URL)/),
      expect.stringMatching(/^ATTACHMENT_HOSTS is invalid: .*scheme.*wildcard/),
    ]);
  });
});

describe('PAYLOAD_ENCRYPTION_KEY', () => {
  const secret = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';

  it('gives the API and the worker the same keys, and none if it is not set', () => {
    const key = { PAYLOAD_ENCRYPTION_KEY: `k1:${secret}` };
    expect(payloadKeysOf(readApiEnvironment({ ...api, ...key }))?.current.id).toBe('k1');
    expect(payloadKeysOf(readWorkerEnvironment({ ...worker, ...key }))?.current.id).toBe('k1');
    expect(payloadKeysOf(readWorkerEnvironment(worker))).toBeUndefined();
  });

  it('is refused with the way to create one, and is not printed', () => {
    const problems = problemsOf(() =>
      payloadKeysOf(readApiEnvironment({ ...api, PAYLOAD_ENCRYPTION_KEY: secret })),
    );
    expect(problems).toEqual([
      expect.stringMatching(/^PAYLOAD_ENCRYPTION_KEY is wrong: entry 1 has no id.*openssl rand -base64 32/),
    ]);
    expect(problems.join()).not.toContain(secret);
  });
});

describe("the kind onboarding's variables", () => {
  const onboarding = {
    ONBOARDING_DATABASE_URL: 'postgresql://app@localhost:5432/product',
    ONBOARDING_REDIS_URL: 'redis+cluster://a:7000,b:7001',
    ONBOARDING_REDIS_PREFIX: '{onboarding}:',
  };
  const problemsWith = (changed: object) =>
    problemsOf(() => readApiEnvironment({ ...api, ...onboarding, ...changed }));

  it('are fine, or none at all', () => {
    expect([
      problemsWith({}),
      problemsOf(() => readWorkerEnvironment({ ...worker, AWS_REGION: 'x' })),
    ]).toEqual([[], []]);
  });

  it.each([
    [{ ONBOARDING_REDIS_URL: '' }, 'ONBOARDING_REDIS_URL is missing: the kind onboarding needs both'],
    [{ ONBOARDING_DATABASE_URL: '' }, 'ONBOARDING_DATABASE_URL is missing: the kind onboarding needs both'],
    [{ ONBOARDING_DATABASE_URL: 'mysql://a' }, 'ONBOARDING_DATABASE_URL is wrong'],
    [{ ONBOARDING_REDIS_URL: 'localhost:6379' }, 'ONBOARDING_REDIS_URL is wrong: it must be redis(s)://'],
    [{ ONBOARDING_REDIS_PREFIX: 'app:' }, 'ONBOARDING_REDIS_PREFIX is wrong: in a cluster'],
    [{ ONBOARDING_SESSION_TTL_SECONDS: '0' }, 'ONBOARDING_SESSION_TTL_SECONDS is wrong'],
  ])('cannot be %j', (changed, problem) => {
    expect(problemsWith(changed)).toEqual([expect.stringContaining(problem)]);
  });
});
