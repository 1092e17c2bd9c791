-- Invitations by mail: who was told what, and the letters that tell it.
CREATE TABLE invitations (
    id           BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    event_id     BLOB NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    address      TEXT NOT NULL,
    token        TEXT NOT NULL,
    sequence     INTEGER NOT NULL,
    timed        INTEGER NOT NULL,
    told         TEXT NOT NULL,
    told_time    TEXT NOT NULL,
    ended        INTEGER NOT NULL CHECK (ended IN (0, 1)),
    answered_at  INTEGER,
    created_at   INTEGER NOT NULL,
    UNIQUE (token),
    UNIQUE (event_id, address)
) STRICT;

CREATE TABLE letters (
    id            BLOB NOT NULL PRIMARY KEY,
    workspace_id  BLOB NOT NULL,
    invitation_id BLOB NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
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
    UNIQUE (invitation_id, sequence)
) STRICT;
CREATE INDEX letters_due ON letters (due_at, id) WHERE state IN ('waiting', 'sending');
