-- Invitations of others that come in by mail: the secret addresses that they come to, what came of each, and answers.
CREATE TABLE letterboxes (
    id           BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    user_id      BLOB NOT NULL,
    word_hash    TEXT NOT NULL,
    word         BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    used_at      INTEGER,
    revoked_at   INTEGER,
    UNIQUE (word_hash),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX letterboxes_living ON letterboxes (user_id) WHERE revoked_at IS NULL;

ALTER TABLE events ADD COLUMN by_mail INTEGER NOT NULL DEFAULT 0 CHECK (by_mail IN (0, 1));

CREATE TABLE received (
    id           BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    user_id      BLOB NOT NULL,
    letterbox_id BLOB NOT NULL REFERENCES letterboxes (id),
    event_id     BLOB NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    uid          TEXT NOT NULL,
    part         TEXT NOT NULL,
    organiser    TEXT NOT NULL,
    guest        TEXT,
    by_word      INTEGER NOT NULL CHECK (by_word IN (0, 1)),
    sequence     INTEGER NOT NULL,
    stamp        INTEGER,
    retimed      INTEGER,
    ended        INTEGER NOT NULL CHECK (ended IN (0, 1)),
    told         TEXT,
    created_at   INTEGER NOT NULL,
    UNIQUE (user_id, uid, part)
) STRICT;
CREATE INDEX received_event ON received (event_id);
CREATE INDEX received_created ON received (user_id, created_at);

-- A letter is about an invitation of ours, or answers one of theirs.
DROP INDEX letters_due;
ALTER TABLE letters RENAME TO letters_before;
CREATE TABLE letters (
    id            BLOB NOT NULL PRIMARY KEY,
    workspace_id  BLOB NOT NULL,
    invitation_id BLOB REFERENCES invitations (id) ON DELETE CASCADE,
    sequence      INTEGER NOT NULL,
    says          TEXT NOT NULL,
    recipient     TEXT NOT NULL,
    message       TEXT NOT NULL,
    state         TEXT NOT NULL,
    attempts      INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    note          TEXT,
    created_at    INTEGER NOT NULL,
    tried_at      INTEGER,
    received_id   BLOB REFERENCES received (id) ON DELETE CASCADE,
    UNIQUE (invitation_id, sequence),
    UNIQUE (received_id, sequence),
    CHECK ((invitation_id IS NULL) <> (received_id IS NULL))
) STRICT;
INSERT INTO letters (id, workspace_id, invitation_id, sequence, says, recipient, message, state, attempts, due_at, note,
                     created_at, tried_at)
SELECT id, workspace_id, invitation_id, sequence, says, recipient, message, state, attempts, due_at, note, created_at,
       tried_at
FROM letters_before;
DROP TABLE letters_before;
CREATE INDEX letters_due ON letters (due_at, id) WHERE state IN ('waiting', 'sending');
