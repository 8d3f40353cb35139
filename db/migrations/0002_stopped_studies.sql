CREATE TABLE "stopped_studies" (
	"study" text NOT NULL,
	"version" text NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stopped_studies_study_version_pk" PRIMARY KEY("study","version")
);
