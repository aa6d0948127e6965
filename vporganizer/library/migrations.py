"""The schema of a library, as migrations that are never edited once released.

Tables are STRICT, so that a number of numpy's or a text in a number's place is refused and not
silently kept as bytes. Paths are BLOBs, since names need not be valid text; `display` beside them is
for people and for looking up words. Times of day are Unix seconds, times in a video seconds from its
first picture.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("vporganizer")

_FOLDERS_AND_VIDEOS = """
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
CREATE TABLE volume (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    last_seen_at REAL NOT NULL
) STRICT;
CREATE TABLE folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    volume_id INTEGER NOT NULL REFERENCES volume(id),
    path BLOB NOT NULL UNIQUE,
    display TEXT NOT NULL,
    watched INTEGER NOT NULL DEFAULT 1 CHECK (watched IN (0, 1)),
    rules TEXT NOT NULL DEFAULT '{}',
    offline TEXT,
    last_scanned REAL,
    added_at REAL NOT NULL
) STRICT;
CREATE TABLE content (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL,
    size INTEGER NOT NULL,
    full_hash TEXT,
    duration REAL,
    width INTEGER,
    height INTEGER,
    fps REAL,
    variable_fps INTEGER CHECK (variable_fps IN (0, 1)),
    codec TEXT,
    container TEXT,
    rotation INTEGER,
    audio INTEGER CHECK (audio IN (0, 1)),
    recorded_at REAL,
    recorded_zone INTEGER,
    recorded_source TEXT,
    latitude REAL,
    longitude REAL,
    camera TEXT,
    timecode TEXT
) STRICT;
CREATE INDEX content_by_fingerprint ON content(fingerprint);
CREATE TABLE video (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder_id INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
    relative BLOB NOT NULL,
    display TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    inode TEXT NOT NULL,
    content_id INTEGER REFERENCES content(id),
    availability TEXT NOT NULL DEFAULT 'online'
        CHECK (availability IN ('online', 'drive offline', 'missing')),
    rating INTEGER CHECK (rating BETWEEN 0 AND 5),
    note TEXT,
    added_at REAL NOT NULL,
    UNIQUE (folder_id, relative)
) STRICT;
CREATE INDEX video_by_content ON video(content_id);
CREATE TABLE failure (
    id INTEGER PRIMARY KEY,
    video_id INTEGER REFERENCES video(id) ON DELETE CASCADE,
    folder_id INTEGER REFERENCES folder(id) ON DELETE CASCADE,
    relative BLOB,
    stage TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('transient', 'permanent')),
    reason TEXT NOT NULL,
    at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 1,
    CHECK ((video_id IS NULL) = (folder_id IS NOT NULL)),
    CHECK ((folder_id IS NULL) = (relative IS NULL))
) STRICT;
CREATE UNIQUE INDEX failure_of_video ON failure(video_id, stage) WHERE video_id IS NOT NULL;
CREATE UNIQUE INDEX failure_of_path ON failure(folder_id, relative, stage) WHERE folder_id IS NOT NULL;
"""

_CLIPS_AND_VECTORS = """
CREATE TABLE window_set (
    id INTEGER PRIMARY KEY,
    content_id INTEGER NOT NULL REFERENCES content(id) ON DELETE CASCADE,
    policy TEXT NOT NULL,
    version INTEGER NOT NULL,
    complete_to REAL NOT NULL DEFAULT 0,
    finished INTEGER NOT NULL DEFAULT 0 CHECK (finished IN (0, 1)),
    partial_reason TEXT,
    UNIQUE (content_id, policy, version)
) STRICT;
CREATE TABLE clip (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    window_set_id INTEGER NOT NULL REFERENCES window_set(id) ON DELETE CASCADE,
    "start" REAL NOT NULL,
    "end" REAL NOT NULL,
    after_cut INTEGER NOT NULL CHECK (after_cut IN (0, 1)),
    UNIQUE (window_set_id, "start"),
    CHECK ("end" > "start" AND "start" >= 0)
) STRICT;
CREATE TABLE encoder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    identity TEXT NOT NULL UNIQUE,
    dim INTEGER NOT NULL CHECK (dim > 0),
    generation INTEGER NOT NULL DEFAULT 0,
    removals INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE embedding (
    clip_id INTEGER NOT NULL REFERENCES clip(id) ON DELETE CASCADE,
    encoder_id INTEGER NOT NULL REFERENCES encoder(id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    precision TEXT NOT NULL,
    backend TEXT NOT NULL,
    UNIQUE (encoder_id, clip_id)
) STRICT;
CREATE INDEX embedding_by_clip ON embedding(clip_id);
CREATE TRIGGER embedding_added AFTER INSERT ON embedding BEGIN
    UPDATE encoder SET generation = generation + 1 WHERE id = NEW.encoder_id;
END;
CREATE TRIGGER embedding_removed AFTER DELETE ON embedding BEGIN
    UPDATE encoder SET generation = generation + 1, removals = removals + 1 WHERE id = OLD.encoder_id;
END;
CREATE TRIGGER embedding_changed AFTER UPDATE ON embedding BEGIN
    UPDATE encoder SET generation = generation + 1, removals = removals + 1
    WHERE id IN (OLD.encoder_id, NEW.encoder_id);
END;
"""

_TAGS_AND_EDITS = """
CREATE TABLE moment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    video_id INTEGER NOT NULL REFERENCES video(id) ON DELETE CASCADE,
    "start" REAL NOT NULL,
    "end" REAL NOT NULL,
    note TEXT,
    CHECK ("end" >= "start" AND "start" >= 0)
) STRICT;
CREATE INDEX moment_by_video ON moment(video_id);
CREATE TABLE collection (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    note TEXT
) STRICT;
CREATE TABLE collection_item (
    collection_id INTEGER NOT NULL REFERENCES collection(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    video_id INTEGER NOT NULL REFERENCES video(id) ON DELETE CASCADE,
    moment_id INTEGER REFERENCES moment(id) ON DELETE CASCADE,
    PRIMARY KEY (collection_id, position)
) STRICT;
CREATE INDEX collection_item_by_video ON collection_item(video_id);
CREATE TABLE tag (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    prompts TEXT NOT NULL DEFAULT '[]',
    "group" TEXT
) STRICT;
CREATE TABLE tag_alias (
    folded TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    tag_id INTEGER NOT NULL REFERENCES tag(id) ON DELETE CASCADE
) STRICT;
CREATE TABLE tag_parent (
    tag_id INTEGER NOT NULL REFERENCES tag(id) ON DELETE CASCADE,
    parent_id INTEGER NOT NULL REFERENCES tag(id) ON DELETE CASCADE,
    PRIMARY KEY (tag_id, parent_id)
) STRICT;
CREATE TABLE tag_model (
    tag_id INTEGER NOT NULL REFERENCES tag(id) ON DELETE CASCADE,
    encoder_id INTEGER NOT NULL REFERENCES encoder(id) ON DELETE CASCADE,
    threshold REAL,
    classifier BLOB,
    PRIMARY KEY (tag_id, encoder_id)
) STRICT;
CREATE TABLE video_tag (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    video_id INTEGER NOT NULL REFERENCES video(id) ON DELETE CASCADE,
    moment_id INTEGER REFERENCES moment(id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES tag(id) ON DELETE CASCADE,
    source TEXT NOT NULL CHECK (source IN ('manual', 'zero-shot', 'taught')),
    score REAL,
    run TEXT,
    verdict TEXT NOT NULL DEFAULT 'none' CHECK (verdict IN ('none', 'accepted', 'rejected')),
    at REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX video_tag_once ON video_tag(video_id, tag_id, source, ifnull(moment_id, 0));
CREATE INDEX video_tag_by_tag ON video_tag(tag_id);
CREATE TABLE saved_search (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    query TEXT NOT NULL,
    made_at REAL NOT NULL
) STRICT;
CREATE TABLE edit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1))
) STRICT;
"""


@migrations()
def m001_first_schema(db: Database) -> None:
    """Makes every table, also those that nothing fills yet."""
    for script in (_FOLDERS_AND_VIDEOS, _CLIPS_AND_VECTORS, _TAGS_AND_EDITS):
        db.executescript(script)
