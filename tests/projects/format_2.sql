-- A project of format 2, as Moltbox wrote it when that was the newest.
BEGIN TRANSACTION;
CREATE TABLE box (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_id INTEGER NOT NULL REFERENCES photo (id),
    class_id INTEGER NOT NULL REFERENCES class (id),
    x0 REAL NOT NULL,
    y0 REAL NOT NULL,
    x1 REAL NOT NULL CHECK (x1 > x0),
    y1 REAL NOT NULL CHECK (y1 > y0),
    state TEXT NOT NULL CHECK (state IN ('proposed', 'accepted', 'edited', 'drawn', 'rejected')),
    score REAL,
    threshold REAL,
    model_id INTEGER REFERENCES model (id),
    proposed_x0 REAL,
    proposed_y0 REAL,
    proposed_x1 REAL,
    proposed_y1 REAL,
    difficult INTEGER NOT NULL DEFAULT 0,
    truncated INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "box" VALUES(1,1,1,10.5,20.0,110.25,220.0,'proposed',0.8,0.27,1,10.5,20.0,110.25,220.0,0,0);
INSERT INTO "box" VALUES(2,2,1,1.0,2.0,3.0,4.0,'accepted',0.9,0.27,1,1.0,2.0,3.0,4.0,0,0);
INSERT INTO "box" VALUES(3,2,2,5.0,6.0,70.0,80.0,'drawn',NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "box" VALUES(4,3,1,1.0,2.0,33.0,44.0,'edited',0.5,0.3,1,0.0,0.0,30.0,40.0,0,0);
INSERT INTO "box" VALUES(5,3,1,0.0,0.0,9.0,9.0,'rejected',0.1,0.3,1,0.0,0.0,9.0,9.0,0,0);
CREATE TABLE class (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    key TEXT UNIQUE,
    colour_index INTEGER NOT NULL,
    number INTEGER UNIQUE
);
INSERT INTO "class" VALUES(1,'cat','1',0,NULL);
INSERT INTO "class" VALUES(2,'Hündin','2',1,NULL);
INSERT INTO "class" VALUES(3,'gone for good','3',2,NULL);
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_s REAL NOT NULL,
    photo_id INTEGER,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
);
INSERT INTO "event" VALUES(1,1790000000.0,2,'accept','{"state":["new","reviewed"],"added":[2,3],"removed":[],"changed":[]}');
INSERT INTO "event" VALUES(2,1790000001.0,3,'edit','{"state":["new","reviewed"],"added":[4,5],"removed":[],"changed":[]}');
INSERT INTO "event" VALUES(3,1790000002.0,4,'reject','{"state":["new","reviewed"],"added":[],"removed":[],"changed":[]}');
INSERT INTO "event" VALUES(4,1790000003.0,5,'state','{"state":"skipped","reason":"too dark"}');
INSERT INTO "event" VALUES(5,1790000004.0,6,'state','{"state":"failed","reason":"not a photo"}');
CREATE TABLE model (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL UNIQUE,
    metadata TEXT NOT NULL
);
INSERT INTO "model" VALUES(1,'starter','abababababababababababababababababababababababababababababababab','{"threshold":0.27}');
CREATE TABLE photo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE CHECK (path <> ''),
    sort_key TEXT NOT NULL,
    width INTEGER NOT NULL DEFAULT 0 CHECK (width >= 0),
    height INTEGER NOT NULL DEFAULT 0 CHECK (height >= 0),
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'proposed', 'reviewed', 'skipped', 'failed')),
    reason TEXT,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    mtime_ns INTEGER NOT NULL DEFAULT 0,
    label_class_id INTEGER REFERENCES class (id),
    need REAL NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    number INTEGER UNIQUE
);
INSERT INTO "photo" VALUES(1,'cat/0.jpg','cat0010.jpg',640,480,'proposed',NULL,1000,1700000000000000000,1,0.4,'scales differ',NULL);
INSERT INTO "photo" VALUES(2,'cat/1.jpg','cat0011.jpg',640,480,'reviewed',NULL,1001,1700000000000000001,1,0.0,'',NULL);
INSERT INTO "photo" VALUES(3,'cat/2.jpg','cat0012.jpg',640,480,'reviewed',NULL,1002,1700000000000000002,1,0.0,'',NULL);
INSERT INTO "photo" VALUES(4,'dog/0.jpg','dog0010.jpg',640,480,'reviewed',NULL,1000,1700000000000000000,1,0.0,'',NULL);
INSERT INTO "photo" VALUES(5,'dog/1.jpg','dog0011.jpg',640,480,'skipped','too dark',1001,1700000000000000001,NULL,0.0,'',NULL);
INSERT INTO "photo" VALUES(6,'dog/2.jpg','dog0012.jpg',640,480,'failed','not a photo',1002,1700000000000000002,NULL,0.0,'',NULL);
CREATE TABLE photo_label (
    photo_id INTEGER NOT NULL REFERENCES photo (id),
    class_id INTEGER NOT NULL REFERENCES class (id),
    source TEXT NOT NULL,
    PRIMARY KEY (photo_id, source, class_id)
);
INSERT INTO "photo_label" VALUES(1,1,'folder');
INSERT INTO "photo_label" VALUES(2,1,'folder');
INSERT INTO "photo_label" VALUES(3,1,'folder');
INSERT INTO "photo_label" VALUES(4,2,'person');
INSERT INTO "photo_label" VALUES(4,1,'person');
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO "setting" VALUES('threshold:all','0.31');
CREATE INDEX photo_state ON photo (state);
CREATE INDEX box_photo ON box (photo_id);
CREATE INDEX box_class ON box (class_id, state);
CREATE INDEX photo_label_class ON photo_label (class_id, photo_id);
CREATE INDEX photo_class ON photo (label_class_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('photo',6);
INSERT INTO "sqlite_sequence" VALUES('class',3);
INSERT INTO "sqlite_sequence" VALUES('model',1);
INSERT INTO "sqlite_sequence" VALUES('box',5);
INSERT INTO "sqlite_sequence" VALUES('event',5);
COMMIT;
PRAGMA application_id = 1299147892;
PRAGMA user_version = 2;
