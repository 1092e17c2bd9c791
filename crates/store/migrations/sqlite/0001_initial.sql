-- Instants are microseconds since 1970, identifiers 16 bytes, JSON is text in the forms of src/form.rs.
-- Documents stand last in a row, so that what is searched by is read without them.
-- Keys carry the workspace, so that a row can never point behind another customer's walls (I-39).

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE budgets (
    key TEXT    NOT NULL PRIMARY KEY,
    tat INTEGER NOT NULL
) STRICT;

CREATE TABLE workspaces (
    id         BLOB    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id            BLOB    NOT NULL PRIMARY KEY,
    workspace_id  BLOB    NOT NULL REFERENCES workspaces (id),
    name          TEXT    NOT NULL,
    address       TEXT,
    role          TEXT    NOT NULL,
    zone          TEXT    NOT NULL,
    password_hash TEXT,
    created_at    INTEGER NOT NULL,
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, address)
) STRICT;

CREATE TABLE clients (
    id           BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    address      TEXT,
    phone        TEXT,
    user_id      BLOB,
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
) STRICT;

CREATE TABLE accounts (
    id             BLOB    NOT NULL PRIMARY KEY,
    workspace_id   BLOB    NOT NULL,
    user_id        BLOB    NOT NULL,
    provider       TEXT    NOT NULL,
    subject        TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    state_note     TEXT,
    scopes         TEXT    NOT NULL CHECK (json_valid(scopes)),
    access_ends_at INTEGER,
    wait_until     INTEGER,
    created_at     INTEGER NOT NULL,
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, user_id, provider, subject),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
) STRICT;

CREATE TABLE grants (
    account_id    BLOB    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    workspace_id  BLOB    NOT NULL,
    sealed        BLOB    NOT NULL,
    version       INTEGER NOT NULL,
    refresh_token INTEGER,
    refresh_until INTEGER
) STRICT;

CREATE TABLE links (
    id              BLOB    NOT NULL PRIMARY KEY,
    workspace_id    BLOB    NOT NULL,
    account_id      BLOB    NOT NULL,
    user_id         BLOB    NOT NULL,
    provider        TEXT    NOT NULL,
    calendar        TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    zone            TEXT,
    writable        INTEGER NOT NULL CHECK (writable IN (0, 1)),
    settings_rev    INTEGER NOT NULL,
    state           TEXT    NOT NULL,
    state_note      TEXT,
    removed_at      INTEGER,
    cursor          TEXT,
    window_until    INTEGER,
    first_done      INTEGER NOT NULL CHECK (first_done IN (0, 1)),
    due_at          INTEGER,
    wake_at         INTEGER,
    lease_until     INTEGER,
    lease_epoch     INTEGER NOT NULL,
    holder          TEXT,
    failures        INTEGER NOT NULL,
    last_attempt_at INTEGER,
    last_success_at INTEGER,
    last_run        BLOB,
    last_status     TEXT,
    last_error      TEXT,
    last_full_at    INTEGER,
    next_safety_at  INTEGER,
    created_at      INTEGER NOT NULL,
    settings        TEXT    NOT NULL CHECK (json_valid(settings)),
    listing         TEXT CHECK (json_valid(listing)),
    UNIQUE (workspace_id, id),
    UNIQUE (account_id, calendar),
    FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
) STRICT;
CREATE INDEX links_due ON links (due_at) WHERE state = 'active';
CREATE INDEX links_of_user ON links (workspace_id, user_id);

CREATE TABLE events (
    id             BLOB    NOT NULL PRIMARY KEY,
    workspace_id   BLOB    NOT NULL,
    owner_id       BLOB    NOT NULL,
    uid            TEXT    NOT NULL,
    rev            INTEGER NOT NULL,
    origin_link_id BLOB,
    session_type   TEXT,
    external_ref   TEXT,
    title          TEXT    NOT NULL,
    starts_at      INTEGER NOT NULL,
    ends_at        INTEGER,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    deleted_at     INTEGER,
    content        TEXT    NOT NULL CHECK (json_valid(content)),
    booking        TEXT    NOT NULL CHECK (json_valid(booking)),
    personal       TEXT    NOT NULL CHECK (json_valid(personal)),
    accepted       TEXT    NOT NULL CHECK (json_valid(accepted)),
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, external_ref),
    FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id),
    FOREIGN KEY (workspace_id, origin_link_id) REFERENCES links (workspace_id, id)
) STRICT;
CREATE INDEX events_by_time ON events (workspace_id, starts_at, id);
CREATE INDEX events_of_owner ON events (workspace_id, owner_id, starts_at, id);
CREATE INDEX events_by_uid ON events (workspace_id, owner_id, uid);

CREATE TABLE event_people (
    event_id     BLOB NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    workspace_id BLOB NOT NULL,
    user_id      BLOB NOT NULL,
    PRIMARY KEY (event_id, user_id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_people_of_user ON event_people (user_id, event_id);

CREATE TABLE event_clients (
    event_id     BLOB NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    workspace_id BLOB NOT NULL,
    client_id    BLOB NOT NULL,
    PRIMARY KEY (event_id, client_id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_clients_of_client ON event_clients (client_id, event_id);

CREATE TABLE event_versions (
    event_id     BLOB    NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    rev          INTEGER NOT NULL,
    workspace_id BLOB    NOT NULL,
    at           INTEGER NOT NULL,
    run_id       BLOB,
    content      TEXT    NOT NULL CHECK (json_valid(content)),
    booking      TEXT    NOT NULL CHECK (json_valid(booking)),
    actor        TEXT    NOT NULL CHECK (json_valid(actor)),
    PRIMARY KEY (event_id, rev)
) STRICT;

CREATE TABLE mappings (
    id             BLOB    NOT NULL PRIMARY KEY,
    workspace_id   BLOB    NOT NULL,
    link_id        BLOB    NOT NULL,
    event_id       BLOB,
    part           TEXT    NOT NULL,
    external_id    TEXT,
    uid            TEXT,
    mark           TEXT,
    generation     INTEGER NOT NULL,
    origin         INTEGER NOT NULL CHECK (origin IN (0, 1)),
    synced_rev     INTEGER NOT NULL,
    state          TEXT    NOT NULL,
    enabled        INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    attempts       INTEGER NOT NULL,
    retry_at       INTEGER,
    error_code     TEXT,
    error_text     TEXT,
    parked         INTEGER NOT NULL CHECK (parked IN (0, 1)),
    listed_in      INTEGER NOT NULL,
    starts_at      INTEGER,
    last_synced_at INTEGER,
    ended_at       INTEGER,
    settled        INTEGER NOT NULL,
    touched        INTEGER NOT NULL,
    base           TEXT CHECK (json_valid(base)),
    known          TEXT    NOT NULL CHECK (json_valid(known)),
    observation    TEXT CHECK (json_valid(observation)),
    intent         TEXT CHECK (json_valid(intent)),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id),
    FOREIGN KEY (workspace_id, event_id) REFERENCES events (workspace_id, id)
) STRICT;
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
    id           BLOB    NOT NULL PRIMARY KEY,
    workspace_id BLOB    NOT NULL,
    event_id     BLOB,
    link_id      BLOB    NOT NULL,
    mapping_id   BLOB    NOT NULL,
    kind         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    how          TEXT,
    resolved_at  INTEGER,
    resolved_by  TEXT CHECK (json_valid(resolved_by)),
    detected_at  INTEGER NOT NULL,
    expires_at   INTEGER,
    run_id       BLOB,
    fields       TEXT    NOT NULL CHECK (json_valid(fields)),
    base         TEXT CHECK (json_valid(base)),
    ours         TEXT CHECK (json_valid(ours)),
    theirs       TEXT CHECK (json_valid(theirs)),
    answer       TEXT CHECK (json_valid(answer)),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, event_id) REFERENCES events (workspace_id, id),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX conflicts_open ON conflicts (mapping_id) WHERE state = 'open';
CREATE INDEX conflicts_expiring ON conflicts (expires_at, id) WHERE state = 'open';
CREATE INDEX conflicts_of_workspace ON conflicts (workspace_id, detected_at, id);
CREATE INDEX conflicts_of_mapping ON conflicts (mapping_id);
CREATE INDEX conflicts_of_event ON conflicts (event_id) WHERE state = 'open';

CREATE TABLE runs (
    id           BLOB    NOT NULL PRIMARY KEY,
    workspace_id BLOB    NOT NULL,
    link_id      BLOB    NOT NULL,
    kind         TEXT    NOT NULL,
    started_at   INTEGER NOT NULL,
    completed_at INTEGER,
    status       TEXT    NOT NULL,
    pushed       INTEGER NOT NULL,
    pulled       INTEGER NOT NULL,
    deleted      INTEGER NOT NULL,
    conflicts    INTEGER NOT NULL,
    api_calls    INTEGER NOT NULL,
    summary      TEXT    NOT NULL,
    lease_epoch  INTEGER NOT NULL,
    metadata     TEXT    NOT NULL CHECK (json_valid(metadata)),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id)
) STRICT;
CREATE INDEX runs_of_workspace ON runs (workspace_id, started_at, id);
CREATE INDEX runs_of_link ON runs (link_id, started_at, id);
CREATE INDEX runs_running ON runs (link_id) WHERE status = 'running';

CREATE TABLE run_lines (
    run_id      BLOB    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL,
    level       TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    text        TEXT    NOT NULL,
    code        TEXT,
    event_id    BLOB,
    external_id TEXT,
    PRIMARY KEY (run_id, n)
) STRICT;

CREATE TABLE channels (
    id             BLOB    NOT NULL PRIMARY KEY,
    workspace_id   BLOB    NOT NULL,
    link_id        BLOB    NOT NULL,
    external       TEXT    NOT NULL,
    resource       TEXT,
    secret         BLOB    NOT NULL,
    state          TEXT    NOT NULL,
    ends_at        INTEGER,
    opened_at      INTEGER NOT NULL,
    last_notice_at INTEGER,
    notices        INTEGER NOT NULL,
    UNIQUE (external),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id)
) STRICT;
CREATE INDEX channels_of_link ON channels (link_id, state);
CREATE INDEX channels_by_state ON channels (state, ends_at);

CREATE TABLE plans (
    hash         TEXT    NOT NULL,
    link_id      BLOB    NOT NULL,
    workspace_id BLOB    NOT NULL,
    made_at      INTEGER NOT NULL,
    approved_at  INTEGER,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER,
    json         TEXT    NOT NULL CHECK (json_valid(json)),
    PRIMARY KEY (link_id, hash),
    FOREIGN KEY (workspace_id, link_id) REFERENCES links (workspace_id, id)
) STRICT;

CREATE TABLE sign_ins (
    state_hash   TEXT    NOT NULL PRIMARY KEY,
    workspace_id BLOB    NOT NULL,
    user_id      BLOB    NOT NULL,
    provider     TEXT    NOT NULL,
    session      TEXT    NOT NULL,
    verifier     BLOB    NOT NULL,
    redirect     TEXT    NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER,
    FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
) STRICT;
CREATE INDEX sign_ins_by_end ON sign_ins (expires_at);
