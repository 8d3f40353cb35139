DROP INDEX "runs_open";--> statement-breakpoint
ALTER TABLE "cells" ADD COLUMN "folded" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE "cells" SET "folded" = "seq";--> statement-breakpoint
ALTER TABLE "cells" ALTER COLUMN "folded" DROP DEFAULT;--> statement-breakpoint
CREATE INDEX "runs_open" ON "runs" USING btree ("investigation","repeat","cell") WHERE "runs"."shard" is null;
