-- Every message's digest is computed here once more when its brand is checked. Lengths before the texts tell what belongs to what, as quotes and
-- escapes would, for a third of the time; a NULL has no length. An import that is under way while this is applied must be begun anew.
CREATE OR REPLACE FUNCTION message_digest(m messages) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN digest_of(concat(
    octet_length(m.source_id), ' ', octet_length(m.source_thread_id), ' ', octet_length(m.source_key), ' ',
    octet_length(m.author), ' ', octet_length(m.body), ' ', m.direction, ' ', m.kind, ' ', encode(timestamptz_send(m.sent_at), 'hex'), E'\n',
    m.source_id, m.source_thread_id, m.source_key, m.author, m.body, E'\n', m.telephony, E'\n', m.metadata, E'\n', m.original));
