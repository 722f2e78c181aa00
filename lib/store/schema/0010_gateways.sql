-- Schema 10: gateways that are asked over HTTP. Their own ids of messages, by which receipts name them; which WeChat
-- messages went in one request, so that the same go together again; tokens that outlive the process.
ALTER TABLE attempt ADD COLUMN gateway_id TEXT NOT NULL DEFAULT '';
CREATE INDEX attempt_by_gateway_id ON attempt (gateway_id) WHERE gateway_id <> '';

ALTER TABLE delivery ADD COLUMN batch INTEGER;
CREATE INDEX delivery_by_batch ON delivery (batch) WHERE batch IS NOT NULL;

CREATE TABLE gateway_token (
  name TEXT PRIMARY KEY,
  token TEXT NOT NULL,
  -- Seconds since 1970.
  ends INTEGER NOT NULL
) STRICT;
