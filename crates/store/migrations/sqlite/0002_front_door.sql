-- Who may come in, and what every open screen hears.

-- The id in a browser's cookie is not kept, only its hash.
CREATE TABLE sessions (
    id_hash      TEXT    NOT NULL PRIMARY KEY,
    workspace_id BLOB    NOT NULL,
    user_id      BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
) STRICT;
CREATE INDEX sessions_of_user ON sessions (workspace_id, user_id);
CREATE INDEX sessions_by_end ON sessions (ends_at);

CREATE TABLE api_keys (
    id           BLOB    NOT NULL PRIMARY KEY,
    workspace_id BLOB    NOT NULL,
    user_id      BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    prefix       TEXT    NOT NULL,
    key_hash     TEXT    NOT NULL,
    scope        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    used_at      INTEGER,
    revoked_at   INTEGER,
    UNIQUE (workspace_id, id),
    UNIQUE (key_hash),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
) STRICT;

-- What a write was answered, so that the same write under the same key is not made twice.
CREATE TABLE answers (
    workspace_id BLOB    NOT NULL,
    user_id      BLOB    NOT NULL,
    key          TEXT    NOT NULL,
    fingerprint  TEXT    NOT NULL,
    status       INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    body         TEXT    NOT NULL,
    PRIMARY KEY (workspace_id, user_id, key),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_time ON answers (at);

-- What changed, for whom, in the order in which it became visible. It says "look again" and carries no truth.
CREATE TABLE changes (
    seq          INTEGER NOT NULL PRIMARY KEY,
    workspace_id BLOB    NOT NULL,
    user_id      BLOB    NOT NULL,
    kind         TEXT    NOT NULL,
    subject_id   BLOB    NOT NULL
) STRICT;
