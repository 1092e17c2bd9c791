-- The care of channels: why there is none, what one did not tell of, the test that is under way; and alerts.
ALTER TABLE channels ADD COLUMN why TEXT;
ALTER TABLE channels ADD COLUMN missed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN missed_at BIGINT;
ALTER TABLE channels ADD COLUMN trial UUID;

CREATE TABLE alerts (
    id           UUID    NOT NULL PRIMARY KEY,
    workspace_id UUID    NOT NULL,
    user_id      UUID    NOT NULL,
    link_id      UUID    NOT NULL,
    kind         TEXT    NOT NULL,
    severity     TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    opened_at    BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    resolved_at  BIGINT,
    resolved_by  TEXT,
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id)
);
CREATE UNIQUE INDEX alerts_open ON alerts (link_id, kind) WHERE resolved_at IS NULL;
CREATE INDEX alerts_user ON alerts (user_id, opened_at);
