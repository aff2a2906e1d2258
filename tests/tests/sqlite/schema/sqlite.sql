CREATE TABLE "books" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "title" TEXT NOT NULL,
    "isbn_13" TEXT,
    "year" INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX "books__title_unique" ON "books" ("title");
CREATE UNIQUE INDEX "books__isbn_13_unique" ON "books" ("isbn_13");
CREATE INDEX "books__year_index" ON "books" ("year");

CREATE TABLE "everything" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "flag" INTEGER NOT NULL,
    "small" INTEGER NOT NULL,
    "medium" INTEGER,
    "large" INTEGER NOT NULL,
    "unsigned" INTEGER NOT NULL,
    "double" REAL NOT NULL,
    "single" REAL NOT NULL,
    "amount" INTEGER NOT NULL CONSTRAINT decimal_places_2 CHECK (typeof("amount") IN ('integer', 'null')),
    "name" TEXT NOT NULL,
    "long" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "data" BLOB NOT NULL,
    "digest" BLOB,
    "day" TEXT NOT NULL,
    "time" INTEGER NOT NULL,
    "at" INTEGER NOT NULL,
    "token" TEXT,
    "json" TEXT NOT NULL
) STRICT;
CREATE INDEX "everything__amount_index" ON "everything" ("amount");
CREATE UNIQUE INDEX "everything__name_unique" ON "everything" ("name");
CREATE UNIQUE INDEX "everything__digest_unique" ON "everything" ("digest");
CREATE INDEX "everything__at_index" ON "everything" ("at");
