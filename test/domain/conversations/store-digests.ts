/** The store's side of the digests: of `m` (messages), `a` (attachments), `s` (thread_sources) and `t` (message_threads). */

const first8Bytes = (text: string) =>
  `('x' || left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 16))::bit(64)::bigint`;

export const MESSAGE_DIGEST =
  first8Bytes(`json_build_array(m.source_id, m.source_thread_id, m.source_key, m.direction,
  m.kind, m.author, m.body, (extract(epoch FROM m.sent_at) * 1000000)::bigint, m.telephony, m.metadata,
  m.original)::text`);

export const ATTACHMENT_DIGEST = first8Bytes(
  'json_build_array(m.source_id, a.source_id, a.source_url, a.declared_content_type, a.file_name)::text',
);

export const THREAD_DIGEST = first8Bytes('json_build_array(s.source_id, s.kind, s.status, t.c1, t.c2)::text');
