'use client';
/** Holds a figure still while results go on arriving, and says how many wait. */
import { plural } from '../ui/text.ts';
import type { Updates } from './use-updates.ts';

export function PauseButton({ updates }: { readonly updates: Updates }) {
  const { paused, waiting, pause, resume, takeIn } = updates;
  return (
    <>
      {paused && waiting > 0 && (
        <button type="button" className="button small primary" onClick={takeIn}>
          Show {plural(waiting, 'new result')}
        </button>
      )}
      <button type="button" className="button small" onClick={paused ? resume : pause}>
        {paused ? 'Resume updates' : 'Pause updates'}
      </button>
    </>
  );
}
