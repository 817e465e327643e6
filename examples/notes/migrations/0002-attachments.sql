CREATE TABLE attachments (
  id TEXT PRIMARY KEY, -- the name of its file
  note INTEGER NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  created TEXT NOT NULL
) STRICT;

CREATE INDEX attachments_by_note ON attachments (note, created);
