CREATE TABLE "claim_versions" (
	"claim" text NOT NULL,
	"version" integer NOT NULL,
	"what" text NOT NULL,
	"text" text NOT NULL,
	"anchor" jsonb NOT NULL,
	"evidence" integer NOT NULL,
	"stood" json NOT NULL,
	"shown" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "claim_versions_claim_version_pk" PRIMARY KEY("claim","version")
);
--> statement-breakpoint
CREATE TABLE "moderation" (
	"id" text PRIMARY KEY NOT NULL,
	"investigation" text NOT NULL,
	"moderator" text NOT NULL,
	"action" text NOT NULL,
	"claim" text,
	"reply" text,
	"reason" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "mentions" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "approved" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "hidden" text;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "anchor" jsonb;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "stood" json;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "version_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "resolved_by" text;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "resolved_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "present" json DEFAULT '{"kind":"runs","runs":{}}'::json NOT NULL;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "checked" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "moved" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "investigations" ADD COLUMN "claims_wait" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "replies" ADD COLUMN "mentions" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "replies" ADD COLUMN "approved" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "replies" ADD COLUMN "hidden" text;--> statement-breakpoint
ALTER TABLE "replies" ADD COLUMN "withdrawn" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "replies" ADD COLUMN "edited_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "accepted_seq" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "claim_versions" ADD CONSTRAINT "claim_versions_claim_claims_id_fk" FOREIGN KEY ("claim") REFERENCES "public"."claims"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "moderation" ADD CONSTRAINT "moderation_investigation_investigations_id_fk" FOREIGN KEY ("investigation") REFERENCES "public"."investigations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "moderation" ADD CONSTRAINT "moderation_moderator_devices_id_fk" FOREIGN KEY ("moderator") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "moderation" ADD CONSTRAINT "moderation_claim_claims_id_fk" FOREIGN KEY ("claim") REFERENCES "public"."claims"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "moderation" ADD CONSTRAINT "moderation_reply_replies_id_fk" FOREIGN KEY ("reply") REFERENCES "public"."replies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "moderation_time" ON "moderation" USING btree ("investigation","created_at");--> statement-breakpoint
ALTER TABLE "claims" ADD CONSTRAINT "claims_resolved_by_devices_id_fk" FOREIGN KEY ("resolved_by") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
UPDATE "claims" SET
	"anchor" = jsonb_build_object('kind', 'region', 'panel', "panel", 'region', "region"),
	"stood" = json_build_object('kind', 'runs', 'runs', (
		SELECT coalesce(json_object_agg("id", NULL), '{}'::json) FROM jsonb_array_elements_text("runs") AS r("id")
	)),
	"version_at" = "created_at";--> statement-breakpoint
INSERT INTO "claim_versions" ("claim", "version", "what", "text", "anchor", "evidence", "stood", "created_at")
	SELECT "id", 1, 'made', "text", "anchor", "evidence", "stood", "created_at" FROM "claims";--> statement-breakpoint
ALTER TABLE "claims" ALTER COLUMN "anchor" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "claims" ALTER COLUMN "stood" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "claims" ALTER COLUMN "present" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "claims" DROP COLUMN "panel";--> statement-breakpoint
ALTER TABLE "claims" DROP COLUMN "region";--> statement-breakpoint
ALTER TABLE "claims" DROP COLUMN "runs";