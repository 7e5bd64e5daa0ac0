-- A message is claimed until this time, and after a failure not tried before it: what cannot be delivered holds up nothing else.
ALTER TABLE workflow_messages ADD COLUMN next_try_at timestamptz NOT NULL DEFAULT now();

-- Temporal will never take it: kept for operators.
ALTER TABLE workflow_messages ADD COLUMN refused_at timestamptz;
UPDATE workflow_messages SET refused_at = delivered_at, delivered_at = NULL WHERE outcome = 'refused';

DROP INDEX workflow_messages_open;
CREATE INDEX workflow_messages_open ON workflow_messages (id) WHERE delivered_at IS NULL AND refused_at IS NULL;
CREATE INDEX workflow_messages_workflow ON workflow_messages (workflow_id, id);
CREATE INDEX workflow_messages_refused ON workflow_messages (refused_at) WHERE refused_at IS NOT NULL;
