-- Certificates and verifications are of migrations of any kind, and a verification's turns are of units. Names of units stand with them.
ALTER TABLE carryover.units ADD COLUMN name text NOT NULL DEFAULT '';
UPDATE carryover.units u SET name = b.name FROM brands b WHERE b.unit_id = u.id;

ALTER TABLE carryover.workflow_messages ADD COLUMN unit text;
UPDATE carryover.workflow_messages SET unit = payload ->> 'brandId';

ALTER TABLE carryover.verifications ADD COLUMN kind text, ADD COLUMN subject text;
UPDATE carryover.verifications v SET kind = 'conversations', subject = a.source_id FROM accounts a WHERE a.id = v.account_id;
ALTER TABLE carryover.verifications ALTER COLUMN kind SET NOT NULL, ALTER COLUMN subject SET NOT NULL, DROP COLUMN account_id;
CREATE UNIQUE INDEX verifications_running ON carryover.verifications (kind, subject) WHERE state = 'running';
CREATE INDEX verifications_migration ON carryover.verifications (kind, subject, id);

ALTER TABLE carryover.verification_differences DROP CONSTRAINT verification_differences_verification_id_brand_id_pass_fkey;
ALTER TABLE carryover.verification_brands RENAME TO verification_units;
ALTER TABLE carryover.verification_units ADD COLUMN unit_id bigint REFERENCES carryover.units (id) ON DELETE CASCADE;
UPDATE carryover.verification_units t SET unit_id = b.unit_id FROM brands b WHERE b.id = t.brand_id;
ALTER TABLE carryover.verification_differences ADD COLUMN unit_id bigint;
UPDATE carryover.verification_differences t SET unit_id = b.unit_id FROM brands b WHERE b.id = t.brand_id;
ALTER TABLE carryover.verification_units DROP COLUMN brand_id,
  ADD PRIMARY KEY (verification_id, unit_id, pass);
ALTER TABLE carryover.verification_differences DROP COLUMN brand_id,
  ADD PRIMARY KEY (verification_id, unit_id, pass, source_table, difference),
  ADD FOREIGN KEY (verification_id, unit_id, pass) REFERENCES carryover.verification_units (verification_id, unit_id, pass) ON DELETE CASCADE;

ALTER TABLE carryover.certificates ADD COLUMN kind text, ADD COLUMN subject text;
UPDATE carryover.certificates c SET kind = 'conversations', subject = a.source_id FROM accounts a WHERE a.id = c.account_id;
ALTER TABLE carryover.certificates ALTER COLUMN kind SET NOT NULL, ALTER COLUMN subject SET NOT NULL, DROP COLUMN account_id;
CREATE UNIQUE INDEX certificates_current ON carryover.certificates (kind, subject, workflow_id, run_id)
  WHERE superseded_at IS NULL AND revoked_at IS NULL;
CREATE INDEX certificates_migration ON carryover.certificates (kind, subject, id);
