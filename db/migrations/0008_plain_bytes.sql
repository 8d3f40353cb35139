-- Numbers of a training do not shrink: compressing them was tried with each, in vain.
ALTER TABLE "runs" ALTER COLUMN "steps" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "columns" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "hashes" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "audits" ALTER COLUMN "start" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "audits" ALTER COLUMN "end" SET STORAGE EXTERNAL;
