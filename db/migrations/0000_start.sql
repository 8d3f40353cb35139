CREATE TABLE "attempts" (
	"shard" text NOT NULL,
	"number" integer NOT NULL,
	"device" text NOT NULL,
	"state" text NOT NULL,
	"soft_at" bigint NOT NULL,
	"hard_at" bigint NOT NULL,
	"done" integer NOT NULL,
	"report" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "attempts_shard_number_pk" PRIMARY KEY("shard","number")
);
--> statement-breakpoint
CREATE TABLE "cells" (
	"investigation" text NOT NULL,
	"index" integer NOT NULL,
	"config" jsonb NOT NULL,
	"done" integer NOT NULL,
	"diverged" integer NOT NULL,
	"of" integer NOT NULL,
	"lines" jsonb NOT NULL,
	"seq" integer NOT NULL,
	CONSTRAINT "cells_investigation_index_pk" PRIMARY KEY("investigation","index")
);
--> statement-breakpoint
CREATE TABLE "claims" (
	"id" text PRIMARY KEY NOT NULL,
	"investigation" text NOT NULL,
	"author" text NOT NULL,
	"panel" text NOT NULL,
	"region" jsonb NOT NULL,
	"text" text NOT NULL,
	"evidence" integer NOT NULL,
	"runs" jsonb NOT NULL,
	"withdrawn" boolean DEFAULT false NOT NULL,
	"seq" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "devices" (
	"id" text PRIMARY KEY NOT NULL,
	"key_hash" text NOT NULL,
	"nickname" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "investigations" (
	"id" text PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"study" text NOT NULL,
	"study_version" text NOT NULL,
	"title" text NOT NULL,
	"grid" jsonb NOT NULL,
	"is_null" boolean NOT NULL,
	"state" text NOT NULL,
	"owner" text NOT NULL,
	"seq" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "replies" (
	"id" text PRIMARY KEY NOT NULL,
	"claim" text NOT NULL,
	"author" text NOT NULL,
	"text" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" text PRIMARY KEY NOT NULL,
	"investigation" text NOT NULL,
	"cell" integer NOT NULL,
	"seed" bigint NOT NULL,
	"shard" text NOT NULL,
	"hyper" jsonb NOT NULL,
	"outcome" jsonb,
	"summary" jsonb,
	"traces" jsonb,
	"steps" "bytea",
	"columns" "bytea",
	"column_names" jsonb,
	"hashes" jsonb,
	"device" text,
	"report" jsonb,
	"seq" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "shards" (
	"id" text PRIMARY KEY NOT NULL,
	"investigation" text NOT NULL,
	"position" integer NOT NULL,
	"program" jsonb NOT NULL,
	"work" integer NOT NULL,
	"accepted" integer,
	"tries" integer DEFAULT 0 NOT NULL,
	"held_until" bigint
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_shard_shards_id_fk" FOREIGN KEY ("shard") REFERENCES "public"."shards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_device_devices_id_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cells" ADD CONSTRAINT "cells_investigation_investigations_id_fk" FOREIGN KEY ("investigation") REFERENCES "public"."investigations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "claims" ADD CONSTRAINT "claims_investigation_investigations_id_fk" FOREIGN KEY ("investigation") REFERENCES "public"."investigations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "claims" ADD CONSTRAINT "claims_author_devices_id_fk" FOREIGN KEY ("author") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "investigations" ADD CONSTRAINT "investigations_owner_devices_id_fk" FOREIGN KEY ("owner") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "replies" ADD CONSTRAINT "replies_claim_claims_id_fk" FOREIGN KEY ("claim") REFERENCES "public"."claims"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "replies" ADD CONSTRAINT "replies_author_devices_id_fk" FOREIGN KEY ("author") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_investigation_investigations_id_fk" FOREIGN KEY ("investigation") REFERENCES "public"."investigations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_shard_shards_id_fk" FOREIGN KEY ("shard") REFERENCES "public"."shards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_device_devices_id_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shards" ADD CONSTRAINT "shards_investigation_investigations_id_fk" FOREIGN KEY ("investigation") REFERENCES "public"."investigations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "attempts_device" ON "attempts" USING btree ("device","state");--> statement-breakpoint
CREATE INDEX "claims_changed" ON "claims" USING btree ("investigation","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "devices_key_hash" ON "devices" USING btree ("key_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "investigations_code" ON "investigations" USING btree ("code");--> statement-breakpoint
CREATE INDEX "replies_claim" ON "replies" USING btree ("claim");--> statement-breakpoint
CREATE INDEX "runs_changed" ON "runs" USING btree ("investigation","seq");--> statement-breakpoint
CREATE INDEX "runs_cell" ON "runs" USING btree ("investigation","cell");--> statement-breakpoint
CREATE INDEX "runs_shard" ON "runs" USING btree ("shard");--> statement-breakpoint
CREATE INDEX "shards_open" ON "shards" USING btree ("investigation","accepted","tries","position");