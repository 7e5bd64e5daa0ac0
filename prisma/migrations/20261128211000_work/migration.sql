-- Migrations of every kind, and their units. A unit is what is imported as a whole: of a conversations migration, a brand.
CREATE TABLE carryover.migrations (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind       text NOT NULL,
  -- What is migrated, by its id at the source: of a conversations migration, the account.
  subject    text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (kind, subject)
);

CREATE TABLE carryover.units (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  migration_id bigint NOT NULL REFERENCES carryover.migrations (id),
  key          text NOT NULL,
  UNIQUE (migration_id, key)
);

-- Null for a brand that is not migrated.
ALTER TABLE brands ADD COLUMN unit_id bigint UNIQUE REFERENCES carryover.units (id);

INSERT INTO carryover.migrations (kind, subject)
SELECT 'conversations', a.source_id FROM accounts a
WHERE a.migration IS NOT NULL OR EXISTS (SELECT FROM brands b JOIN import_phases p ON p.brand_id = b.id WHERE b.account_id = a.id)
ORDER BY a.id;

INSERT INTO carryover.units (migration_id, key)
SELECT m.id, b.source_id FROM carryover.migrations m
JOIN accounts a ON a.source_id = m.subject JOIN brands b ON b.account_id = a.id ORDER BY b.id;

UPDATE brands b SET unit_id = u.id
FROM carryover.units u JOIN carryover.migrations m ON m.id = u.migration_id JOIN accounts a ON a.source_id = m.subject
WHERE u.key = b.source_id AND a.id = b.account_id;
