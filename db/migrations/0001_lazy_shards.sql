ALTER TABLE "runs" ALTER COLUMN "shard" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "device_class" text;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "seconds" double precision;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "repeat" integer;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "program" jsonb;--> statement-breakpoint
UPDATE "runs" SET "program" = "shards"."program" FROM "shards" WHERE "shards"."id" = "runs"."shard";--> statement-breakpoint
UPDATE "runs" SET "repeat" = "ranked"."place" FROM (
	SELECT "id", row_number() OVER (PARTITION BY "investigation", "cell" ORDER BY "seed") - 1 AS "place" FROM "runs"
) AS "ranked" WHERE "ranked"."id" = "runs"."id";--> statement-breakpoint
UPDATE "runs" SET "shard" = NULL WHERE "shard" IN (SELECT "id" FROM "shards" WHERE "tries" = 0);--> statement-breakpoint
DELETE FROM "shards" WHERE "tries" = 0;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "repeat" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "program" SET NOT NULL;--> statement-breakpoint
CREATE INDEX "attempts_class" ON "attempts" USING btree ("device_class","created_at");--> statement-breakpoint
CREATE INDEX "attempts_time" ON "attempts" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "runs_open" ON "runs" USING btree ("investigation","shard","repeat","cell");
