-- `Book`.`year` in the table `books`: the column `year` may be null, and the field is not an `Option`: write `Option<..>`, or make the column NOT NULL
-- While a statement waits for its lock, all later ones wait. After 5 s it fails and changes nothing: run it again.
SET lock_timeout = '5s';
-- From here on, no row gets null.
-- Lock: ACCESS EXCLUSIVE for a moment. No row is read or written.
ALTER TABLE "books" DROP CONSTRAINT IF EXISTS "gm_not_null",
    ADD CONSTRAINT "gm_not_null" CHECK ("year" IS NOT NULL) NOT VALID;
RESET lock_timeout;
-- Rows without "year" get 0, the field's default.
-- If these are many, change them in parts.
-- Lock: the rows that it changes, until it has changed all of them. Other rows are read and written.
UPDATE "books" SET "year" = 0 WHERE "year" IS NULL;
-- Lock: SHARE UPDATE EXCLUSIVE while it reads every row. Reads and writes continue.
ALTER TABLE "books" VALIDATE CONSTRAINT "gm_not_null";
SET lock_timeout = '5s';
-- The constraint says that no row has null, so Postgres reads none.
-- Lock: ACCESS EXCLUSIVE for a moment. No row is read or written.
ALTER TABLE "books" ALTER COLUMN "year" SET NOT NULL;
-- Lock: ACCESS EXCLUSIVE for a moment. No row is read or written.
ALTER TABLE "books" DROP CONSTRAINT "gm_not_null";
RESET lock_timeout;
