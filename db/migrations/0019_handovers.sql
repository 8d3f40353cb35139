CREATE TABLE "handovers" (
	"id" text PRIMARY KEY NOT NULL,
	"shard" text NOT NULL,
	"attempt" integer NOT NULL,
	"device" text NOT NULL,
	"report" jsonb NOT NULL,
	"parent" text,
	"from_step" integer NOT NULL,
	"to_step" integer NOT NULL,
	"state" text NOT NULL,
	"ends" jsonb NOT NULL,
	"digest" text NOT NULL,
	"runs" jsonb,
	"values" "bytea",
	"hashes" "bytea",
	"states" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_states" DROP CONSTRAINT "audit_states_shard_attempt_segment_pk";--> statement-breakpoint
ALTER TABLE "result_audits" DROP CONSTRAINT "result_audits_shard_attempt_pk";--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "base" text;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "base_step" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_states" ADD COLUMN "part" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "result_audits" ADD COLUMN "part" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "result_audits" ADD COLUMN "handover" text;--> statement-breakpoint
ALTER TABLE "audit_states" ADD CONSTRAINT "audit_states_shard_attempt_part_segment_pk" PRIMARY KEY("shard","attempt","part","segment");--> statement-breakpoint
ALTER TABLE "result_audits" ADD CONSTRAINT "result_audits_shard_attempt_part_pk" PRIMARY KEY("shard","attempt","part");--> statement-breakpoint
ALTER TABLE "handovers" ADD CONSTRAINT "handovers_shard_shards_id_fk" FOREIGN KEY ("shard") REFERENCES "public"."shards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handovers" ADD CONSTRAINT "handovers_device_devices_id_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "handovers_shard" ON "handovers" USING btree ("shard","to_step");--> statement-breakpoint
CREATE INDEX "handovers_device" ON "handovers" USING btree ("device");--> statement-breakpoint
CREATE INDEX "handovers_parent" ON "handovers" USING btree ("parent");--> statement-breakpoint
CREATE INDEX "result_audits_handover" ON "result_audits" USING btree ("handover") WHERE "result_audits"."handover" is not null;