CREATE TABLE notes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: an old link must not lead to another note
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  created TEXT NOT NULL,
  changed TEXT NOT NULL
) STRICT;

CREATE INDEX notes_by_change ON notes (changed DESC, id DESC);
