import { describe, expect, test } from 'vitest';
import { attachmentDigest } from '../../../../domain/conversations/records/digest.js';
import { attachment, messageRow } from './items.js';

const URL = 'https://files.example/call.wav';
const recorded = (changes: Record<string, unknown> = {}) =>
  messageRow({ kind: 'call', telephony: { call_id: 'c1', recording_url: URL }, ...changes });

describe('the recording of a call', () => {
  test.each(['call', 'voicemail'])('is an attachment of the %s, in the digest too', (kind) => {
    const row = recorded({ kind });
    expect(row.attachments).toEqual([{ sourceId: 'recording', url: URL, contentType: null, fileName: null }]);
    expect(row.attachmentsDigest).toBe(attachmentDigest('msg_1', row.attachments[0]!));
  });

  test('is an attachment besides the others, even one with its name', () => {
    const row = recorded({
      attachments: [attachment(), attachment({ attachment_id: 'recording', url: 'https://a' })],
    });
    expect(row.attachments.map(({ sourceId }) => sourceId)).toEqual(['att_1', 'recording', 'recording-2']);
  });

  test('that is already listed as an attachment is counted once', () => {
    expect(recorded({ attachments: [attachment({ url: URL })] }).attachments).toHaveLength(1);
  });

  test.each([
    ['of a text', { kind: 'text' }],
    ['without an address', { telephony: { call_id: 'c1' } }],
    ['with an empty address', { telephony: { recording_url: '' } }],
    ['with an address of a file', { telephony: { recording_url: 'file:///etc/passwd' } }],
    ['with an address that is a number', { telephony: { recording_url: 7 } }],
  ])('%s is none', (_what, changes) => {
    expect(recorded(changes).attachments).toEqual([]);
  });
});
