-- Reports and operators page through attachments that have failed for good, of all accounts, in the order of their ids.
CREATE INDEX attachments_failed ON attachments (id) WHERE stored_url IS NULL AND (error ->> 'final')::boolean;
