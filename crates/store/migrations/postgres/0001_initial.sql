-- Instants are microseconds since 1970, JSON is text in the forms of src/form.rs.
-- Documents stand last in a row, so that what is searched by is read without them.
-- Keys carry the workspace, so that a row can never point behind another customer's walls (I-39).

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE budgets (
    key TEXT    NOT NULL PRIMARY KEY,
    tat BIGINT  NOT NULL
);

CREATE TABLE workspaces (
    id         UUID    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);

CREATE TABLE users (
    id            UUID    NOT NULL PRIMARY KEY,
    workspace_id  UUID    NOT NULL REFERENCES workspaces (id),
    name          TEXT    NOT NULL,
    address       TEXT,
    role          TEXT    NOT NULL,
    zone          TEXT    NOT NULL,
    password_hash TEXT,
    created_at    BIGINT  NOT NULL,
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, address)
);

CREATE TABLE clients (
    id           UUID NOT NULL PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    address      TEXT,
    phone        TEXT,
    user_id      UUID,
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);

CREATE TABLE accounts (
    id             UUID    NOT NULL PRIMARY KEY,
    workspace_id   UUID    NOT NULL,
    user_id        UUID    NOT NULL,
    provider       TEXT    NOT NULL,
    subject        TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    state_note     TEXT,
    scopes         TEXT    NOT NULL,
    access_ends_at BIGINT,
    wait_until     BIGINT,
    created_at     BIGINT  NOT NULL,
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, user_id, provider, subject),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);

CREATE TABLE grants (
    account_id    UUID    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    workspace_id  UUID    NOT NULL,
    sealed        BYTEA   NOT NULL,
    version       BIGINT  NOT NULL,
    refresh_token BIGINT,
    refresh_until BIGINT
);

CREATE TABLE links (
    id              UUID    NOT NULL PRIMARY KEY,
    workspace_id    UUID    NOT NULL,
    account_id      UUID    NOT NULL,
    user_id         UUID    NOT NULL,
    provider        TEXT    NOT NULL,
    calendar        TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    zone            TEXT,
    writable        BOOLEAN NOT NULL,
    settings_rev    BIGINT  NOT NULL,
    state           TEXT    NOT NULL,
    state_note      TEXT,
    removed_at      BIGINT,
    cursor          TEXT,
    window_until    BIGINT,
    first_done      BOOLEAN NOT NULL,
    due_at          BIGINT,
    wake_at         BIGINT,
    lease_until     BIGINT,
    lease_epoch     BIGINT  NOT NULL,
    holder          TEXT,
    failures        BIGINT  NOT NULL,
    last_attempt_at BIGINT,
    last_success_at BIGINT,
    last_run        UUID,
    last_status     TEXT,
    last_error      TEXT,
    last_full_at    BIGINT,
    next_safety_at  BIGINT,
    created_at      BIGINT  NOT NULL,
    settings        TEXT    NOT NULL,
    listing         TEXT,
    UNIQUE (workspace_id, id),
    UNIQUE (account_id, calendar),
    FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);
CREATE INDEX links_due ON links (due_at) WHERE state = 'active';
CREATE INDEX links_of_user ON links (workspace_id, user_id);

CREATE TABLE events (
    id             UUID    NOT NULL PRIMARY KEY,
    workspace_id   UUID    NOT NULL,
    owner_id       UUID    NOT NULL,
    uid            TEXT    NOT NULL,
    rev            BIGINT  NOT NULL,
    origin_link_id UUID,
    session_type   TEXT,
    external_ref   TEXT,
    title          TEXT    NOT NULL,
    starts_at      BIGINT  NOT NULL,
    ends_at        BIGINT,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL,
    deleted_at     BIGINT,
    content        TEXT    NOT NULL,
    booking        TEXT    NOT NULL,
    personal       TEXT    NOT NULL,
    accepted       TEXT    NOT NULL,
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, external_ref),
    FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id),
    FOREIGN KEY (workspace_id, origin_link_id) REFERENCES links (workspace_id, id)
);
CREATE INDEX events_by_time ON events (workspace_id, starts_at, id);
CREATE INDEX events_of_owner ON events (workspace_id, owner_id, starts_at, id);
CREATE INDEX events_by_uid ON events (workspace_id, owner_id, uid);

CREATE TABLE event_people (
    event_id     UUID NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    workspace_id UUID NOT NULL,
    user_id      UUID NOT NULL,
    PRIMARY KEY (event_id, user_id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);
CREATE INDEX event_people_of_user ON event_people (user_id, event_id);

CREATE TABLE event_clients (
    event_id     UUID NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    workspace_id UUID NOT NULL,
    client_id    UUID NOT NULL,
    PRIMARY KEY (event_id, client_id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
);
CREATE INDEX event_clients_of_client ON event_clients (client_id, event_id);

CREATE TABLE event_versions (
    event_id     UUID    NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    rev          BIGINT  NOT NULL,
    workspace_id UUID    NOT NULL,
    at           BIGINT  NOT NULL,
    run_id       UUID,
    content      TEXT    NOT NULL,
    booking      TEXT    NOT NULL,
    actor        TEXT    NOT NULL,
    PRIMARY KEY (event_id, rev)
);

CREATE TABLE mappings (
    id             UUID    NOT NULL PRIMARY KEY,
    workspace_id   UUID    NOT NULL,
    link_id        UUID    NOT NULL,
    event_id       UUID,
    part           TEXT    NOT NULL,
    external_id    TEXT,
    uid            TEXT,
    mark           TEXT,
    generation     BIGINT  NOT NULL,
    origin         BOOLEAN NOT NULL,
    synced_rev     BIGINT  NOT NULL,
    state          TEXT    NOT NULL,
    enabled        BOOLEAN NOT NULL,
    attempts       BIGINT  NOT NULL,
    retry_at       BIGINT,
    error_code     TEXT,
    error_text     TEXT,
    parked         BOOLEAN NOT NULL,
    listed_in      BIGINT  NOT NULL,
    starts_at      BIGINT,
    last_synced_at BIGINT,
    ended_at       BIGINT,
    settled        BIGINT  NOT NULL,
    touched        BIGINT  NOT NULL,
    base           TEXT,
    known          TEXT    NOT NULL,
    observation    TEXT,
    intent         TEXT,
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id),
    FOREIGN KEY (workspace_id, event_id) REFERENCES events (workspace_id, id)
);
-- At most one copy of an event on a calendar, and at most one event for what is there (I-04).
CREATE UNIQUE INDEX mappings_external ON mappings (link_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX mappings_copy ON mappings (link_id, event_id, part) WHERE event_id IS NOT NULL AND ended_at IS NULL;
CREATE INDEX mappings_of_event ON mappings (event_id, link_id);
CREATE INDEX mappings_of_link ON mappings (link_id, id);
CREATE INDEX mappings_pending ON mappings (link_id, id) WHERE state = 'pending';
CREATE INDEX mappings_queue ON mappings (workspace_id, id) WHERE state IN ('pending', 'error');
CREATE INDEX mappings_under_way ON mappings (link_id, id) WHERE intent IS NOT NULL;
-- How a link's mappings stand is counted at every run: from here alone, without the rows.
CREATE INDEX mappings_standing ON mappings (link_id, ended_at, state, event_id, external_id, retry_at, parked);
CREATE INDEX mappings_ended ON mappings (ended_at) WHERE ended_at IS NOT NULL;

-- What was lost in a conflict outlives the mapping: it may be brought back (CF-2).
CREATE TABLE conflicts (
    id           UUID    NOT NULL PRIMARY KEY,
    workspace_id UUID    NOT NULL,
    event_id     UUID,
    link_id      UUID    NOT NULL,
    mapping_id   UUID    NOT NULL,
    kind         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    how          TEXT,
    resolved_at  BIGINT,
    resolved_by  TEXT,
    detected_at  BIGINT  NOT NULL,
    expires_at   BIGINT,
    run_id       UUID,
    fields       TEXT    NOT NULL,
    base         TEXT,
    ours         TEXT,
    theirs       TEXT,
    answer       TEXT,
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, event_id) REFERENCES events (workspace_id, id),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id)
);
CREATE UNIQUE INDEX conflicts_open ON conflicts (mapping_id) WHERE state = 'open';
CREATE INDEX conflicts_expiring ON conflicts (expires_at, id) WHERE state = 'open';
CREATE INDEX conflicts_of_workspace ON conflicts (workspace_id, detected_at, id);
CREATE INDEX conflicts_of_mapping ON conflicts (mapping_id);
CREATE INDEX conflicts_of_event ON conflicts (event_id) WHERE state = 'open';

CREATE TABLE runs (
    id           UUID    NOT NULL PRIMARY KEY,
    workspace_id UUID    NOT NULL,
    link_id      UUID    NOT NULL,
    kind         TEXT    NOT NULL,
    started_at   BIGINT  NOT NULL,
    completed_at BIGINT,
    status       TEXT    NOT NULL,
    pushed       BIGINT  NOT NULL,
    pulled       BIGINT  NOT NULL,
    deleted      BIGINT  NOT NULL,
    conflicts    BIGINT  NOT NULL,
    api_calls    BIGINT  NOT NULL,
    summary      TEXT    NOT NULL,
    lease_epoch  BIGINT  NOT NULL,
    metadata     TEXT    NOT NULL,
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id)
);
CREATE INDEX runs_of_workspace ON runs (workspace_id, started_at, id);
CREATE INDEX runs_of_link ON runs (link_id, started_at, id);
CREATE INDEX runs_running ON runs (link_id) WHERE status = 'running';

CREATE TABLE run_lines (
    run_id      UUID    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    n           BIGINT  NOT NULL,
    level       TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    text        TEXT    NOT NULL,
    code        TEXT,
    event_id    UUID,
    external_id TEXT,
    PRIMARY KEY (run_id, n)
);

CREATE TABLE channels (
    id             UUID    NOT NULL PRIMARY KEY,
    workspace_id   UUID    NOT NULL,
    link_id        UUID    NOT NULL,
    external       TEXT    NOT NULL,
    resource       TEXT,
    secret         BYTEA   NOT NULL,
    state          TEXT    NOT NULL,
    ends_at        BIGINT,
    opened_at      BIGINT  NOT NULL,
    last_notice_at BIGINT,
    notices        BIGINT  NOT NULL,
    UNIQUE (external),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id)
);
CREATE INDEX channels_of_link ON channels (link_id, state);
CREATE INDEX channels_by_state ON channels (state, ends_at);

CREATE TABLE plans (
    hash         TEXT    NOT NULL,
    link_id      UUID    NOT NULL,
    workspace_id UUID    NOT NULL,
    made_at      BIGINT  NOT NULL,
    approved_at  BIGINT,
    expires_at   BIGINT  NOT NULL,
    used_at      BIGINT,
    json         TEXT    NOT NULL,
    PRIMARY KEY (link_id, hash),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id)
);

CREATE TABLE sign_ins (
    state_hash   TEXT    NOT NULL PRIMARY KEY,
    workspace_id UUID    NOT NULL,
    user_id      UUID    NOT NULL,
    provider     TEXT    NOT NULL,
    session      TEXT    NOT NULL,
    verifier     BYTEA   NOT NULL,
    redirect     TEXT    NOT NULL,
    expires_at   BIGINT  NOT NULL,
    used_at      BIGINT,
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);
CREATE INDEX sign_ins_by_end ON sign_ins (expires_at);
