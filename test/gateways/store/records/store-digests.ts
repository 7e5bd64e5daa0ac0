/** The store's side of the digests: of `m` (messages), `a` (attachments), `s` (thread_sources) and `t` (message_threads). */

const first8Bytes = (text: string) =>
  `('x' || encode(substr(sha256(convert_to(${text}, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint`;

export const MESSAGE_DIGEST =
  first8Bytes(`concat_ws(' ', octet_length(m.source_id), octet_length(m.source_thread_id),
  octet_length(m.source_key), coalesce(octet_length(m.author), -1), coalesce(octet_length(m.body), -1), m.direction, m.kind,
  encode(timestamptz_send(m.sent_at), 'hex'), m.source_id, m.source_thread_id, m.source_key, m.author, m.body,
  coalesce(m.telephony::text, '-'), coalesce(m.metadata::text, '-'), coalesce(m.original::text, '-'))`);

export const ATTACHMENT_DIGEST = first8Bytes(
  'json_build_array(m.source_id, a.source_id, a.source_url, a.declared_content_type, a.file_name)::text',
);

export const THREAD_DIGEST = first8Bytes('json_build_array(s.source_id, s.kind, s.status, t.c1, t.c2)::text');
