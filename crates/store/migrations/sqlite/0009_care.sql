-- The care of channels: why there is none, what one did not tell of, the test that is under way; and alerts.
ALTER TABLE channels ADD COLUMN why TEXT;
ALTER TABLE channels ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN missed_at INTEGER;
ALTER TABLE channels ADD COLUMN trial BLOB;

CREATE TABLE alerts (
    id           BLOB    NOT NULL PRIMARY KEY,
    workspace_id BLOB    NOT NULL,
    user_id      BLOB    NOT NULL,
    link_id      BLOB    NOT NULL,
    kind         TEXT    NOT NULL,
    severity     TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    opened_at    INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    resolved_at  INTEGER,
    resolved_by  TEXT,
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX alerts_open ON alerts (link_id, kind) WHERE resolved_at IS NULL;
CREATE INDEX alerts_user ON alerts (user_id, opened_at);
