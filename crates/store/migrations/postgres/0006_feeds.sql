-- Calendars that people publish for themselves behind a secret address. Of the secret, only the hash is kept.
CREATE TABLE feeds (
    id           UUID NOT NULL PRIMARY KEY,
    workspace_id UUID NOT NULL,
    user_id      UUID NOT NULL,
    name         TEXT NOT NULL,
    secret_hash  TEXT NOT NULL,
    settings     TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    used_at      BIGINT,
    revoked_at   BIGINT,
    UNIQUE (workspace_id, id),
    UNIQUE (secret_hash),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);
