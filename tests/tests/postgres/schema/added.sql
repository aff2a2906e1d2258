-- `Book`.`title` in the table `books`: no unique index is on the column `title` alone, and the field is `unique`
-- `Book`.`isbn` in the table `books`: there is no column `isbn_13`; expected `TEXT COLLATE "C"`
-- `Book`.`year` in the table `books`: there is no column `year`; expected `INTEGER NOT NULL`
-- While a statement waits for its lock, all later ones wait. After 5 s it fails and changes nothing: run it again.
SET lock_timeout = '5s';
-- Lock: ACCESS EXCLUSIVE for a moment. No row is read or written.
ALTER TABLE "books" ADD COLUMN "isbn_13" TEXT COLLATE "C";
-- Rows without "year" get 0, the field's default.
-- Lock: ACCESS EXCLUSIVE for a moment. No row is read or written.
ALTER TABLE "books" ADD COLUMN "year" INTEGER NOT NULL DEFAULT 0;
RESET lock_timeout;
-- An index is built outside of a transaction, so not with `psql -1`. If it fails, such as for a value that two rows have, an invalid index stays, and `schema_changes` prints how to build it again.
-- Lock: SHARE UPDATE EXCLUSIVE while it reads every row twice. Reads and writes continue.
CREATE UNIQUE INDEX CONCURRENTLY ON "books" ("title");
-- Lock: SHARE UPDATE EXCLUSIVE while it reads every row twice. Reads and writes continue.
CREATE UNIQUE INDEX CONCURRENTLY ON "books" ("isbn_13");
-- Lock: SHARE UPDATE EXCLUSIVE while it reads every row twice. Reads and writes continue.
CREATE INDEX CONCURRENTLY ON "books" ("year");
