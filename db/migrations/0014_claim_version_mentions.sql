ALTER TABLE "claim_versions" ADD COLUMN "mentions" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
-- Earlier words of a claim named whom it names now, as far as was kept.
UPDATE "claim_versions" SET "mentions" = "claims"."mentions" FROM "claims" WHERE "claims"."id" = "claim_versions"."claim";
