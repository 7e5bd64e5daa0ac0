-- A copy that has moved to another brand is found in the brand that it has left.
CREATE INDEX superseded_copies_key ON superseded_copies (source_key_hash);
