ALTER TABLE "cells" ALTER COLUMN "lines" SET DATA TYPE json;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "traces" SET DATA TYPE json;