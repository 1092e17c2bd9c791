-- Invitations by mail: who was told what, and the letters that tell it.
CREATE TABLE invitations (
    id           UUID NOT NULL PRIMARY KEY,
    workspace_id UUID NOT NULL,
    event_id     UUID NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    address      TEXT NOT NULL,
    token        TEXT NOT NULL,
    sequence     BIGINT NOT NULL,
    timed        BIGINT NOT NULL,
    told         TEXT NOT NULL,
    told_time    TEXT NOT NULL,
    ended        BOOLEAN NOT NULL,
    answered_at  BIGINT,
    created_at   BIGINT NOT NULL,
    UNIQUE (token),
    UNIQUE (event_id, address)
);

CREATE TABLE letters (
    id            UUID NOT NULL PRIMARY KEY,
    workspace_id  UUID NOT NULL,
    invitation_id UUID NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    sequence      BIGINT NOT NULL,
    says          TEXT NOT NULL,
    recipient     TEXT NOT NULL,
    message       TEXT NOT NULL,
    state         TEXT NOT NULL,
    attempts      BIGINT NOT NULL,
    due_at        BIGINT NOT NULL,
    note          TEXT,
    created_at    BIGINT NOT NULL,
    tried_at      BIGINT,
    UNIQUE (invitation_id, sequence)
);
CREATE INDEX letters_due ON letters (due_at, id) WHERE state IN ('waiting', 'sending');
