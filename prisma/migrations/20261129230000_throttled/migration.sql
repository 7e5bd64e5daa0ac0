-- While the source answers a lane that it is asked too much: {what, code, since, at, times}. It expires after 30 seconds, as held_back does.
ALTER TABLE carryover.phases ADD COLUMN throttled jsonb;
