-- What a new database is made of. Generated from db/versions by python -m quizapp.store.schema; do not edit.
PRAGMA application_id = 1366649200;
PRAGMA user_version = 1;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE event (
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    device TEXT NOT NULL,
    seq INTEGER NOT NULL,
    day INTEGER NOT NULL,
    zone TEXT NOT NULL,
    card TEXT NOT NULL,
    kind TEXT NOT NULL,
    grade INTEGER,
    took_ms INTEGER,
    confidence REAL,
    "right" INTEGER,
    target TEXT,
    CONSTRAINT pk_event PRIMARY KEY (id),
    CONSTRAINT uq_event_device_seq UNIQUE (device, seq),
    CONSTRAINT ck_event_id CHECK (length(id) = 36),
    CONSTRAINT ck_event_stamp CHECK (at >= 0 AND seq > 0),
    CONSTRAINT ck_event_named CHECK (device <> '' AND zone <> '' AND card <> ''),
    CONSTRAINT ck_event_kind CHECK (kind IN ('review', 'undo', 'suspend', 'resume', 'bury')),
    CONSTRAINT ck_event_grade CHECK ((kind = 'review') = (grade IS NOT NULL) AND grade BETWEEN 1 AND 4),
    CONSTRAINT ck_event_target CHECK ((kind = 'undo') = (target IS NOT NULL) AND target <> id),
    CONSTRAINT ck_event_took_ms CHECK (took_ms IS NULL OR (took_ms >= 0 AND kind = 'review')),
    CONSTRAINT ck_event_confidence CHECK (confidence IS NULL OR (confidence BETWEEN 0 AND 1 AND kind = 'review')),
    CONSTRAINT ck_event_right CHECK ("right" IS NULL OR ("right" IN (0, 1) AND kind = 'review')),
    CONSTRAINT fk_event_target_event FOREIGN KEY(target) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX event_day ON event (day);

CREATE INDEX event_card_at_device_seq_id ON event (card, at, device, seq, id);

CREATE INDEX event_target ON event (target) WHERE target IS NOT NULL;

CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END;

CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END;

CREATE TRIGGER event_no_replace BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id OR (device = NEW.device AND seq = NEW.seq)) BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END;

CREATE TABLE card_state (
    card TEXT NOT NULL,
    stability REAL,
    difficulty REAL,
    first INTEGER,
    last INTEGER,
    due INTEGER,
    reps INTEGER NOT NULL,
    lapses INTEGER NOT NULL,
    suspended INTEGER NOT NULL,
    buried INTEGER,
    CONSTRAINT pk_card_state PRIMARY KEY (card),
    CONSTRAINT ck_card_state_named CHECK (card <> ''),
    CONSTRAINT ck_card_state_memory CHECK (stability > 0 AND difficulty BETWEEN 1 AND 10),
    CONSTRAINT ck_card_state_counts CHECK (lapses BETWEEN 0 AND reps),
    CONSTRAINT ck_card_state_suspended CHECK (suspended IN (0, 1)),
    CONSTRAINT ck_card_state_reviewed CHECK ((reps > 0) = (stability IS NOT NULL) AND (reps > 0) = (difficulty IS NOT NULL) AND (reps > 0) = (first IS NOT NULL) AND (reps > 0) = (last IS NOT NULL) AND (reps > 0) = (due IS NOT NULL))
) STRICT;

CREATE TABLE receipt (
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    claim TEXT NOT NULL,
    verdict TEXT NOT NULL,
    seed INTEGER NOT NULL,
    device TEXT NOT NULL,
    digest TEXT NOT NULL,
    record TEXT NOT NULL,
    CONSTRAINT pk_receipt PRIMARY KEY (id),
    CONSTRAINT ck_receipt_named CHECK (id <> '' AND claim <> '' AND device <> ''),
    CONSTRAINT ck_receipt_at CHECK (at >= 0),
    CONSTRAINT ck_receipt_verdict CHECK (verdict IN ('proved', 'refuted', 'undecided', 'skipped', 'timeout', 'error')),
    CONSTRAINT ck_receipt_record CHECK (json_valid(record))
) STRICT;

CREATE INDEX receipt_claim_at ON receipt (claim, at);

CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt BEGIN
    SELECT RAISE(ABORT, 'receipt is append-only');
END;

CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt BEGIN
    SELECT RAISE(ABORT, 'receipt is append-only');
END;

CREATE TRIGGER receipt_no_replace BEFORE INSERT ON receipt WHEN EXISTS (SELECT 1 FROM receipt WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'receipt is append-only');
END;

CREATE TABLE meta (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_meta PRIMARY KEY ("key"),
    CONSTRAINT ck_meta_named CHECK (key <> '' AND value <> '')
) STRICT;

INSERT INTO alembic_version (version_num) VALUES ('0001');
