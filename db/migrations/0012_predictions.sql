CREATE TABLE "predictions" (
	"id" text PRIMARY KEY NOT NULL,
	"investigation" text NOT NULL,
	"family" text NOT NULL,
	"x" double precision NOT NULL,
	"label" text NOT NULL,
	"law" text NOT NULL,
	"predicted" double precision NOT NULL,
	"low" double precision NOT NULL,
	"high" double precision NOT NULL,
	"probability" double precision NOT NULL,
	"seeds" integer NOT NULL,
	"sizes" jsonb NOT NULL,
	"runs" integer NOT NULL,
	"evidence" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "cells" ADD COLUMN "seen" integer;--> statement-breakpoint
ALTER TABLE "predictions" ADD CONSTRAINT "predictions_investigation_investigations_id_fk" FOREIGN KEY ("investigation") REFERENCES "public"."investigations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "predictions_size" ON "predictions" USING btree ("investigation","family","x");--> statement-breakpoint
-- Whether runs of these had been accepted and left again is not known: nothing is predicted of them.
UPDATE "cells" SET "seen" = "seq";
