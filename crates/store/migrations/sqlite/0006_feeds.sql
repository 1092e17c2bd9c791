-- Calendars that people publish for themselves behind a secret address. Of the secret, only the hash is kept.
CREATE TABLE feeds (
    id           BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    user_id      BLOB NOT NULL,
    name         TEXT NOT NULL,
    secret_hash  TEXT NOT NULL,
    settings     TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    used_at      INTEGER,
    revoked_at   INTEGER,
    UNIQUE (workspace_id, id),
    UNIQUE (secret_hash),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
) STRICT;
