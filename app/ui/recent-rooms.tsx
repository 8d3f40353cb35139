'use client';
/** The rooms that this browser was in lately. */
import Link from 'next/link';
import { useRecentRooms } from '../net/recent-rooms.ts';
import styles from './recent-rooms.module.css';
import { formatCode } from './text.ts';

export function RecentRooms() {
  const rooms = useRecentRooms();
  if (rooms.length === 0) return null;
  return (
    <section aria-labelledby="recent" className={styles.recent}>
      <h2 id="recent" className="eyebrow">
        Your recent rooms
      </h2>
      <ul className={styles.list}>
        {rooms.slice(0, 4).map((room) => (
          <li key={room.code}>
            <Link className={styles.room} href={`/i/${room.code}`}>
              <span className="code">{formatCode(room.code)}</span>
              <span className={styles.title}>{room.title}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
