CREATE TABLE "invitations" (
	"code" text PRIMARY KEY NOT NULL,
	"investigation" text NOT NULL,
	"role" text NOT NULL,
	"expires_at" bigint,
	"revoked" boolean DEFAULT false NOT NULL,
	"uses" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "linked_keys" (
	"key_hash" text PRIMARY KEY NOT NULL,
	"device" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "members" (
	"investigation" text NOT NULL,
	"device" text NOT NULL,
	"role" text,
	"number" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "members_investigation_device_pk" PRIMARY KEY("investigation","device")
);
--> statement-breakpoint
CREATE TABLE "transfers" (
	"device" text PRIMARY KEY NOT NULL,
	"code_hash" text NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "investigations" ADD COLUMN "door_open" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "investigations" ADD COLUMN "door_role" text DEFAULT 'annotator' NOT NULL;--> statement-breakpoint
ALTER TABLE "investigations" ADD COLUMN "presenter" text;--> statement-breakpoint
ALTER TABLE "investigations" ADD COLUMN "frozen_at" integer;--> statement-breakpoint
ALTER TABLE "investigations" ADD COLUMN "anonymous" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_investigation_investigations_id_fk" FOREIGN KEY ("investigation") REFERENCES "public"."investigations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "linked_keys" ADD CONSTRAINT "linked_keys_device_devices_id_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_investigation_investigations_id_fk" FOREIGN KEY ("investigation") REFERENCES "public"."investigations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_device_devices_id_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_device_devices_id_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "invitations_room" ON "invitations" USING btree ("investigation");--> statement-breakpoint
CREATE UNIQUE INDEX "members_number" ON "members" USING btree ("investigation","number");--> statement-breakpoint
CREATE UNIQUE INDEX "transfers_code" ON "transfers" USING btree ("code_hash");--> statement-breakpoint
ALTER TABLE "investigations" ADD CONSTRAINT "investigations_presenter_devices_id_fk" FOREIGN KEY ("presenter") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- Who opened, wrote or trained before there were members: in, in the order in which the devices came.
INSERT INTO "members" ("investigation", "device", "role", "number")
SELECT c."investigation", c."device", max(c."role"),
  row_number() OVER (PARTITION BY c."investigation" ORDER BY bool_or(c."owns") DESC, min(d."created_at"), c."device")
FROM (
  SELECT "id" AS "investigation", "owner" AS "device", 'instructor' AS "role", true AS "owns" FROM "investigations"
  UNION ALL SELECT "investigation", "author", 'annotator', false FROM "claims"
  UNION ALL SELECT k."investigation", r."author", 'annotator', false FROM "replies" r JOIN "claims" k ON k."id" = r."claim"
  UNION ALL SELECT s."investigation", a."device", NULL, false FROM "attempts" a JOIN "shards" s ON s."id" = a."shard"
) AS c JOIN "devices" d ON d."id" = c."device"
GROUP BY c."investigation", c."device";
