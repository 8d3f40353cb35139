'use client';
/** When a page fails to render: what happened, and a way on. Nothing that was computed is lost. */
import { MessagePage } from './ui/message-page.tsx';

interface Props {
  readonly error: Error & { readonly digest?: string };
  readonly reset: () => void;
}

export default function PageError({ error, reset }: Props) {
  return (
    <MessagePage title="This page could not be shown">
      <p>
        The results are safe with the coordinator. The error was: {error.message}
        {error.digest === undefined ? null : ` (${error.digest})`}
      </p>
      <button type="button" className="button primary" onClick={reset}>
        Try again
      </button>
    </MessagePage>
  );
}
