'use client';
/** Says now and then where a room stands, to who listens to the page; never more often than it can be heard. */
import { useEffect, useRef, useState } from 'react';

const EVERY_MS = 8_000;

export function LiveSummary({ text }: { readonly text: string }) {
  const [said, setSaid] = useState('');
  const newest = useRef(text);
  useEffect(() => {
    newest.current = text;
  }, [text]);
  useEffect(() => {
    const timer = setInterval(() => setSaid(newest.current), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className="visually-hidden" aria-live="polite">
      {said}
    </p>
  );
}
