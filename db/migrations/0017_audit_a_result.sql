CREATE TABLE "audit_states" (
	"shard" text NOT NULL,
	"attempt" integer NOT NULL,
	"segment" integer NOT NULL,
	"start" "bytea",
	"end" "bytea",
	CONSTRAINT "audit_states_shard_attempt_segment_pk" PRIMARY KEY("shard","attempt","segment")
);
--> statement-breakpoint
CREATE TABLE "result_audits" (
	"shard" text NOT NULL,
	"attempt" integer NOT NULL,
	"investigation" text NOT NULL,
	"device" text NOT NULL,
	"draw" text NOT NULL,
	"segments" json NOT NULL,
	"state" text NOT NULL,
	"asked_until" bigint NOT NULL,
	"found" json DEFAULT '[]'::json NOT NULL,
	"valid" integer DEFAULT 0 NOT NULL,
	"invalid" integer DEFAULT 0 NOT NULL,
	"leased_until" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "result_audits_shard_attempt_pk" PRIMARY KEY("shard","attempt")
);
--> statement-breakpoint
ALTER TABLE "result_audits" ADD CONSTRAINT "result_audits_shard_shards_id_fk" FOREIGN KEY ("shard") REFERENCES "public"."shards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "result_audits" ADD CONSTRAINT "result_audits_investigation_investigations_id_fk" FOREIGN KEY ("investigation") REFERENCES "public"."investigations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "result_audits" ADD CONSTRAINT "result_audits_device_devices_id_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "result_audits_waiting" ON "result_audits" USING btree ("state","created_at");--> statement-breakpoint
CREATE INDEX "result_audits_device" ON "result_audits" USING btree ("device","state");--> statement-breakpoint
DROP INDEX "attempts_device";--> statement-breakpoint
CREATE INDEX "attempts_speed" ON "attempts" USING btree ("device","device_class","created_at");--> statement-breakpoint
CREATE INDEX "attempts_bad" ON "attempts" USING btree ("device") WHERE "attempts"."state" in ('invalid', 'withdrawn');--> statement-breakpoint
-- By hand, from here on: what was a row a segment is a row a result. Hashes lie in the order of their steps.
INSERT INTO "result_audits" ("shard", "attempt", "investigation", "device", "draw", "segments", "state",
  "asked_until", "found", "valid", "invalid", "created_at")
SELECT a."shard", a."attempt", min(a."investigation"), min(a."device"), min(a."draw"),
  json_agg(json_build_object('run', a."run", 'from', a."from_step", 'to', a."to_step",
    'start', CASE WHEN a."from_step" > 0 THEN encode(substring(r."hashes"
      from 32 * ceil(a."from_step" / (r."program"->>'checkpointEvery')::numeric)::int + 1 for 32), 'hex') END,
    'end', CASE WHEN r."outcome"->>'kind' = 'diverged' AND (r."outcome"->>'step')::int = a."to_step"
      THEN NULL ELSE encode(substring(r."hashes"
      from 32 * ceil(a."to_step" / (r."program"->>'checkpointEvery')::numeric)::int + 1 for 32), 'hex') END
    ) ORDER BY a."id"),
  CASE WHEN bool_or(a."state" = 'invalid') THEN 'invalid'
    WHEN bool_or(a."state" = 'inconclusive') THEN 'inconclusive'
    WHEN bool_or(a."state" = 'declined') THEN 'declined'
    WHEN bool_or(a."state" = 'asked') THEN 'asked'
    WHEN bool_or(a."state" = 'open') THEN 'open' ELSE 'valid' END,
  max(a."asked_until"),
  coalesce(json_agg(json_build_object('segment', a."segment", 'verdict', a."state",
    'deviation', a."deviation", 'replayer', coalesce(a."replayer", '')) ORDER BY a."id")
    FILTER (WHERE a."state" IN ('valid', 'invalid', 'inconclusive')), '[]'),
  count(*) FILTER (WHERE a."state" = 'valid'), count(*) FILTER (WHERE a."state" = 'invalid'),
  min(a."created_at")
FROM (SELECT *, row_number() OVER (PARTITION BY "shard", "attempt" ORDER BY "id") - 1 AS "segment"
  FROM "audits") a JOIN "runs" r ON r."id" = a."run"
GROUP BY a."shard", a."attempt";
--> statement-breakpoint
INSERT INTO "audit_states" ("shard", "attempt", "segment", "start", "end")
SELECT a."shard", a."attempt", a."segment", a."start", a."end"
FROM (SELECT *, row_number() OVER (PARTITION BY "shard", "attempt" ORDER BY "id") - 1 AS "segment"
  FROM "audits") a JOIN "result_audits" w ON w."shard" = a."shard" AND w."attempt" = a."attempt"
WHERE w."state" IN ('asked', 'open') AND a."state" <> 'asked';
--> statement-breakpoint
DROP TABLE "audits";
--> statement-breakpoint
-- Float32 numbers and hashes hardly shrink: trying to costs more than the bytes.
ALTER TABLE "audit_states" ALTER COLUMN "start" SET STORAGE EXTERNAL, ALTER COLUMN "end" SET STORAGE EXTERNAL;
--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "hashes" SET STORAGE EXTERNAL;
