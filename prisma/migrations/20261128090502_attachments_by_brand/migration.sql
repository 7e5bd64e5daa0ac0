-- A file waits, is stored, or has failed for good; each state has an index by brand. A brand's check and its counts read the brand's files, and what
-- seeks those that wait walks over no others: with 200,000 that had failed for good a claim took 1.3 s. No index holds files in all states: the
-- planner would take it for any of them where its statistics are older than an import.
DROP INDEX attachments_to_fetch;
-- Of those that wait between two tries each number of tries is a range of its own, which ends where the pause is not over.
CREATE INDEX attachments_to_fetch ON attachments (brand_id, tries, tried_at, id)
  WHERE stored_url IS NULL AND (error ->> 'final')::boolean IS NOT TRUE;
CREATE INDEX attachments_stored ON attachments (brand_id) WHERE stored_url IS NOT NULL;
-- Its condition is that of attachments_failed in other words, so that neither is taken in the place of the other.
CREATE INDEX attachments_failed_brand ON attachments (brand_id, id)
  WHERE stored_url IS NULL AND coalesce((error ->> 'final')::boolean, false);

-- Since when a file waits for being fetched: when the import brought it, or somebody asked for it again. Of those that are there already it counts
-- from now on. The index is of all brands, and for the same reason not of attachments_to_fetch's words.
ALTER TABLE attachments ADD COLUMN waiting_since timestamptz NOT NULL DEFAULT now();
CREATE INDEX attachments_waiting ON attachments (waiting_since)
  WHERE stored_url IS NULL AND NOT coalesce((error ->> 'final')::boolean, false);
