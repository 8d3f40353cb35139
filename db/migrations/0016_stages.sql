CREATE TABLE "last_states" (
	"id" text PRIMARY KEY NOT NULL,
	"run" text NOT NULL,
	"shard" text NOT NULL,
	"attempt" integer NOT NULL,
	"device" text NOT NULL,
	"sha256" text NOT NULL,
	"step" integer NOT NULL,
	"asked_until" bigint NOT NULL,
	"bytes" "bytea"
);
--> statement-breakpoint
CREATE TABLE "run_inputs" (
	"run" text NOT NULL,
	"position" integer NOT NULL,
	"input" text NOT NULL,
	CONSTRAINT "run_inputs_run_position_pk" PRIMARY KEY("run","position")
);
--> statement-breakpoint
DROP INDEX "runs_open";--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "waits" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "last_states" ADD CONSTRAINT "last_states_run_runs_id_fk" FOREIGN KEY ("run") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "last_states" ADD CONSTRAINT "last_states_shard_shards_id_fk" FOREIGN KEY ("shard") REFERENCES "public"."shards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "last_states" ADD CONSTRAINT "last_states_device_devices_id_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_inputs" ADD CONSTRAINT "run_inputs_run_runs_id_fk" FOREIGN KEY ("run") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_inputs" ADD CONSTRAINT "run_inputs_input_runs_id_fk" FOREIGN KEY ("input") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "last_states_run" ON "last_states" USING btree ("run");--> statement-breakpoint
CREATE INDEX "last_states_attempt" ON "last_states" USING btree ("shard","attempt");--> statement-breakpoint
CREATE INDEX "last_states_hash" ON "last_states" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "last_states_asked" ON "last_states" USING btree ("asked_until") WHERE "last_states"."bytes" is null;--> statement-breakpoint
CREATE INDEX "run_inputs_input" ON "run_inputs" USING btree ("input");--> statement-breakpoint
CREATE INDEX "runs_open" ON "runs" USING btree ("investigation","repeat","cell") WHERE "runs"."shard" is null and not "runs"."waits";