import { BOT_DIGITS, PATTERNS } from '../../../domain/inbox/identity.js';

const quoted = (text: string): string => `'${text}'`;
const { group, lid, person, phone, digits, scoped, prefix } = PATTERNS;
const trimmed = (field: string) => String.raw`btrim(coalesce(${field}, ''), E' \t\r\n')`;

/** `identityOf` and `possibleMatchOf` of `domain/inbox/identity.ts`, for SQL that works on whole tables. A test compares them. */
export const IDENTITIES = String.raw`
CREATE FUNCTION inbox_jid(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE
    WHEN value ~ ${quoted(group)} THEN 'group:' || value
    WHEN value ~ ${quoted(lid)} THEN 'lid:' || value
    ELSE 'phone:' || (regexp_match(value, ${quoted(person)}))[1]
  END
$f$;

CREATE FUNCTION inbox_phone(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE WHEN value ~ ${quoted(phone)} AND regexp_replace(value, '[^0-9]', '', 'g') ~ ${quoted(digits)}
    THEN 'phone:' || regexp_replace(value, '[^0-9]', '', 'g') END
$f$;

CREATE FUNCTION inbox_identity(inbox_type text, source_id text, identifier text, phone_number text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE WHEN inbox_type = 'evolution' THEN
    nullif(coalesce(
      carryover.inbox_jid(${trimmed('identifier')}),
      carryover.inbox_phone(${trimmed('phone_number')}),
      carryover.inbox_jid(${trimmed('source_id')}),
      CASE WHEN ${trimmed('source_id')} ~ ${quoted(digits)} THEN 'phone:' || ${trimmed('source_id')} END
    ), 'phone:${BOT_DIGITS}')
  WHEN source_id ~ ${quoted(scoped)} THEN 'scoped:' || (regexp_match(source_id, ${quoted(scoped)}))[2]
  WHEN regexp_replace(source_id, ${quoted(prefix)}, '') ~ ${quoted(digits)}
    THEN 'phone:' || regexp_replace(source_id, ${quoted(prefix)}, '')
  ELSE carryover.inbox_jid(regexp_replace(source_id, ${quoted(prefix)}, ''))
  END
$f$;

CREATE FUNCTION inbox_possible_match(identity text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE
    WHEN identity ~ '^phone:55[0-9]{2}9[0-9]{8}$' THEN 'phone:55' || substr(identity, 9, 2) || substr(identity, 12)
    WHEN identity ~ '^phone:55[0-9]{10}$' THEN 'phone:55' || substr(identity, 9, 2) || '9' || substr(identity, 11)
    WHEN identity ~ '^phone:549[0-9]{10}$' THEN 'phone:54' || substr(identity, 10)
    WHEN identity ~ '^phone:54[0-9]{10}$' THEN 'phone:549' || substr(identity, 9)
  END
$f$;

-- Why an identity stays, apart from possible matches; null if it can go.
CREATE FUNCTION inbox_left(identity text, destination_type text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE
    WHEN identity IS NULL THEN 'unidentified'
    WHEN identity LIKE 'scoped:%' THEN 'business_scoped'
    WHEN destination_type = 'evolution' THEN NULL
    WHEN identity LIKE 'group:%' THEN 'groups'
    WHEN identity LIKE 'lid:%' THEN 'lids'
  END
$f$;
`;
