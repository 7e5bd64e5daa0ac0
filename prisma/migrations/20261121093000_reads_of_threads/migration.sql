-- Threads are read in both phases. What a phase's check compares is what that phase read last, so each thread remembers
-- in which it was, and a quarantined record too.
ALTER TABLE thread_sources ADD COLUMN phase text;
ALTER TABLE quarantined_records ADD COLUMN phase text;
