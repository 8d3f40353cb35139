ALTER TABLE "runs" ADD COLUMN "hash_bytes" bytea;--> statement-breakpoint
UPDATE "runs" SET "hash_bytes" = (
  SELECT coalesce(decode(string_agg(e.value->>'sha256', '' ORDER BY e.ordinality), 'hex'), '')
  FROM jsonb_array_elements("hashes") WITH ORDINALITY e
) WHERE "hashes" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" DROP COLUMN "hashes";--> statement-breakpoint
ALTER TABLE "runs" RENAME COLUMN "hash_bytes" TO "hashes";
