import { fileTypeFromBuffer } from 'file-type';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageItem } from '../../dev/sample/contract.js';
import {
  startConversationsService,
  type ConversationsService,
} from '../../dev/sample/conversations-service.js';
import { generateAccount } from '../../dev/sample/generator/account.js';
import { sampleFile } from '../../dev/sample/sample-files.js';

const account = generateAccount({ now: new Date('2026-11-20T16:30:00.000Z'), threads: 300, messages: 4_000 });

describe('the sample Conversations service', () => {
  let service: ConversationsService;
  const get = (path: string, token = 'secret') =>
    fetch(service.url + path, { headers: { authorization: `Bearer ${token}` } });

  beforeAll(async () => {
    service = await startConversationsService({ token: 'secret', accounts: [account] });
  });
  afterAll(() => service.stop());

  it('shows an account and its migration payload', async () => {
    const shown = await get(`/accounts/${account.accountId}`);
    expect(shown.status).toBe(200);
    expect(await shown.json()).toEqual({
      account_id: account.accountId,
      name: account.account.name,
      status: 'active',
    });
    const payload = await get(`/accounts/${account.accountId}/migration-payload`);
    expect(payload.status).toBe(200);
    expect(await payload.json()).toEqual(account.payload);
  });

  it('answers 401 without the token and 404 for an unknown account', async () => {
    expect((await get(`/accounts/${account.accountId}`, 'wrong')).status).toBe(401);
    expect((await fetch(`${service.url}/accounts/${account.accountId}/migration-payload`)).status).toBe(401);
    expect((await get('/accounts/acc_nobody')).status).toBe(404);
    expect((await get('/accounts/acc_nobody/migration-payload')).status).toBe(404);
  });

  it('serves accounts that are added later, faults included, until they are removed', async () => {
    service.put({
      account: { account_id: 'acc_odd', name: 'Odd', status: 'closed' },
      payload: { brands: [] },
    });
    expect(await (await get('/accounts/acc_odd')).json()).toMatchObject({ status: 'closed' });
    expect(await (await get('/accounts/acc_odd/migration-payload')).json()).toEqual({ brands: [] });
    service.remove('acc_odd');
    expect((await get('/accounts/acc_odd')).status).toBe(404);
  });

  it('serves every attachment and recording with the type and size that the message says', async () => {
    const messages = [...account.messages()] as MessageItem[];
    const files = messages.flatMap((message) => message.attachments ?? []);
    const seen = new Set<string>();
    for (const file of files) {
      const path = new URL(file.url).pathname;
      const key = path.split('/')[2] ?? '';
      if (seen.has(key)) continue;
      seen.add(key);
      const answer = await fetch(service.url + path);
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(file.content_type);
      expect(bytes.length).toBe(file.size);
      const found = await fileTypeFromBuffer(bytes);
      expect(found?.mime.replace('vnd.', '').replace('x-wav', 'wav')).toBe(file.content_type.replace('wave', 'wav')); // prettier-ignore
    }
    expect(seen.size).toBeGreaterThan(12);
    expect(new Set(files.map((file) => file.size)).size).toBeGreaterThan(12);
    const recording = messages.find((message) => message.telephony?.recording_url !== undefined);
    const path = new URL(recording?.telephony?.recording_url ?? '').pathname;
    expect((await fetch(service.url + path)).headers.get('content-type')).toBe('audio/wav');
  });

  it('answers 404 for a missing file', async () => {
    for (const path of [
      '/files/photo-99/a/b.jpg',
      '/files/passwd/x',
      '/files/constructor-1/x',
      '/files/photo-x/x',
    ]) {
      expect((await fetch(service.url + path)).status).toBe(404);
    }
    expect(sampleFile('toString-1')).toBeUndefined();
  });

  it('is busy, failing, slow or cut off for the given number of calls', async () => {
    const path = `/accounts/${account.accountId}`;
    service.setFault('account', { kind: 'busy', retryAfterSeconds: 7, times: 2 });
    for (let call = 0; call < 2; call++) {
      const busy = await get(path);
      expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '7']);
    }
    expect((await get(path)).status).toBe(200);
    service.setFault('payload', { kind: 'ill', status: 503, times: 1 });
    expect((await get(`${path}/migration-payload`)).status).toBe(503);
    expect((await get(`${path}/migration-payload`)).status).toBe(200);
    service.setFault('account', { kind: 'cut', times: 1 });
    await expect(get(path)).rejects.toThrow('fetch failed');
    service.setFault('account', { kind: 'slow', delayMs: 300, times: 1 });
    await expect(
      fetch(service.url + path, {
        headers: { authorization: 'Bearer secret' },
        signal: AbortSignal.timeout(50),
      }),
    ).rejects.toThrow(/timeout/);
    expect((await get(path)).status).toBe(200);
    service.setFault('account', { kind: 'ill' });
    for (let call = 0; call < 3; call++) expect((await get(path)).status).toBe(500);
    service.setFault('account', null);
    expect((await get(path)).status).toBe(200);
  });

  it('counts the calls of each route, faulty ones included', async () => {
    const before = { ...service.requests };
    service.setFault('payload', { kind: 'ill', times: 1 });
    await get(`/accounts/${account.accountId}/migration-payload`);
    await get(`/accounts/${account.accountId}/migration-payload`);
    await get(`/accounts/${account.accountId}`);
    expect(service.requests.payload - before.payload).toBe(2);
    expect(service.requests.account - before.account).toBe(1);
    expect(service.requests.files).toBe(before.files);
  });
});
