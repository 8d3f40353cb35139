CREATE TABLE "audits" (
	"id" text PRIMARY KEY NOT NULL,
	"investigation" text NOT NULL,
	"shard" text NOT NULL,
	"attempt" integer NOT NULL,
	"run" text NOT NULL,
	"device" text NOT NULL,
	"from_step" integer NOT NULL,
	"to_step" integer NOT NULL,
	"draw" text NOT NULL,
	"state" text NOT NULL,
	"asked_until" bigint NOT NULL,
	"start" "bytea",
	"end" "bytea",
	"replayer" text,
	"leased_until" bigint,
	"deviation" double precision,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "investigations" ADD COLUMN "tolerance" double precision DEFAULT 0.001 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "verified" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_investigation_investigations_id_fk" FOREIGN KEY ("investigation") REFERENCES "public"."investigations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_shard_shards_id_fk" FOREIGN KEY ("shard") REFERENCES "public"."shards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_run_runs_id_fk" FOREIGN KEY ("run") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_device_devices_id_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audits_waiting" ON "audits" USING btree ("state","created_at");--> statement-breakpoint
CREATE INDEX "audits_attempt" ON "audits" USING btree ("shard","attempt");--> statement-breakpoint
CREATE INDEX "audits_device" ON "audits" USING btree ("device","state");