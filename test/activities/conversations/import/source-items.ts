/** A record as it stands in a source table; may lack anything and hold anything. */
export type LooseItem = Record<string, unknown>;

/** Brand `br_2_1` is one of account `acc_2`. */
export function accountOf(brandId: string): string {
  return brandId.replace(/^br_(\w+?)_.*$/, 'acc_$1');
}

export function threadItem(brandId: string, threadId: string, change: LooseItem = {}): LooseItem {
  return {
    brand_id: brandId,
    thread_id: threadId,
    account_id: accountOf(brandId),
    channel_id: 'ch_1',
    kind: 'chat',
    c1: 'Lakeside',
    c2: `visitor of ${threadId}`,
    status: 'open',
    created_at: '2024-01-01T00:00:00.000Z',
    last_message_at: '2026-11-01T00:00:00.000Z',
    ...change,
  };
}

export function messageItem(
  brandId: string,
  threadId: string,
  messageId: string,
  at: string,
  change: LooseItem = {},
): LooseItem {
  return {
    thread_id: threadId,
    message_key: `${at}#${messageId}`,
    message_id: messageId,
    brand_id: brandId,
    account_id: accountOf(brandId),
    direction: 'in',
    kind: 'text',
    author: 'Ann',
    body: `text of ${messageId}`,
    sent_at: at,
    metadata: { app: 'web' },
    ...change,
  };
}
