-- The trace of the request that wrote the message (W3C traceparent): the workflow continues it, however much later it begins. Null without traces.
ALTER TABLE carryover.workflow_messages ADD COLUMN traceparent text;
