/** For addresses that lead nowhere. */
import Link from 'next/link';
import { MessagePage } from './ui/message-page.tsx';

export default function NotFound() {
  return (
    <MessagePage title="There is no such page">
      <p>The address may be mistyped, or the study may have been renamed.</p>
      <Link className="button primary" href="/">
        See all studies
      </Link>
    </MessagePage>
  );
}
