ALTER TABLE "devices" ADD COLUMN "name_key" text;--> statement-breakpoint
-- Not NFKC, as the program does it: PostgreSQL normalizes in UTF-8 databases only.
UPDATE "devices" SET "name_key" = lower(btrim("nickname"));--> statement-breakpoint
ALTER TABLE "devices" ALTER COLUMN "name_key" SET NOT NULL;--> statement-breakpoint
CREATE INDEX "devices_name" ON "devices" USING btree ("name_key");
