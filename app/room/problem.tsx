'use client';
/** Why the coordinator, or the form itself, refused what was asked; nothing while nothing was. */
export function Problem({ problem }: { readonly problem: string | null }) {
  if (problem === null) return null;
  return (
    <p className="error" role="alert">
      {problem}
    </p>
  );
}
