-- How many brands of the account are in each status, beside the document that was written with it: one brand's change then needs to read
-- no other brand. It holds only for the version that it names, so that an older program that writes the document makes it void.
ALTER TABLE status_documents ADD COLUMN tally jsonb, ADD COLUMN tally_version bigint;
