-- Invitations of others that come in by mail: the secret addresses that they come to, what came of each, and answers.
CREATE TABLE letterboxes (
    id           UUID NOT NULL PRIMARY KEY,
    workspace_id UUID NOT NULL,
    user_id      UUID NOT NULL,
    word_hash    TEXT NOT NULL,
    word         BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    used_at      BIGINT,
    revoked_at   BIGINT,
    UNIQUE (word_hash),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);
CREATE UNIQUE INDEX letterboxes_living ON letterboxes (user_id) WHERE revoked_at IS NULL;

ALTER TABLE events ADD COLUMN by_mail BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE received (
    id           UUID NOT NULL PRIMARY KEY,
    workspace_id UUID NOT NULL,
    user_id      UUID NOT NULL,
    letterbox_id UUID NOT NULL REFERENCES letterboxes (id),
    event_id     UUID NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    uid          TEXT NOT NULL,
    part         TEXT NOT NULL,
    organiser    TEXT NOT NULL,
    guest        TEXT,
    by_word      BOOLEAN NOT NULL,
    sequence     BIGINT NOT NULL,
    stamp        BIGINT,
    retimed      BIGINT,
    ended        BOOLEAN NOT NULL,
    told         TEXT,
    created_at   BIGINT NOT NULL,
    UNIQUE (user_id, uid, part)
);
CREATE INDEX received_event ON received (event_id);
CREATE INDEX received_created ON received (user_id, created_at);

-- A letter is about an invitation of ours, or answers one of theirs.
ALTER TABLE letters ALTER COLUMN invitation_id DROP NOT NULL;
ALTER TABLE letters ADD COLUMN received_id UUID REFERENCES received (id) ON DELETE CASCADE;
ALTER TABLE letters ADD UNIQUE (received_id, sequence);
ALTER TABLE letters ADD CHECK ((invitation_id IS NULL) <> (received_id IS NULL));
