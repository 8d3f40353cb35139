'use client';
/** What everybody must know of how the room is led, at the foot of the window: who presents, what stands still. */
import type { RoomSettings } from '../../server/protocol.ts';
import { plural } from '../ui/text.ts';
import { LeadButton } from './lead-controls.tsx';
import styles from './presenter-bar.module.css';
import { useMay } from './use-may.ts';

interface Props {
  readonly code: string;
  readonly settings: RoomSettings;
  /** Public id of this device. */
  readonly self: string;
  /** Results that wait until the room goes on. */
  readonly waiting: number;
  readonly follows: boolean;
  readonly follow: (on: boolean) => void;
}

export function PresenterBar(props: Props) {
  const { code, settings, self, waiting, follows, follow } = props;
  const mayPresent = useMay('present');
  const { presenter, frozen } = settings;
  if (presenter === null && frozen === null) return null;
  return (
    <aside className={styles.bar} aria-label="How the room is led">
      {presenter === null ? null : (
        <div className={styles.line}>
          <span role="status">
            {presenter.id === self ? (
              'You present. Whoever follows sees what you look at.'
            ) : (
              <>
                <b>{presenter.nickname}</b> presents.
                {follows ? ' Your page goes along.' : null}
              </>
            )}
          </span>
          {presenter.id === self ? (
            <LeadButton code={code} request="room.present" on={false} label="Stop presenting" />
          ) : (
            <button
              type="button"
              className={`button small ${follows ? '' : 'primary'}`}
              onClick={() => follow(!follows)}
            >
              {follows ? 'Stop following' : 'Follow'}
            </button>
          )}
        </div>
      )}
      {frozen === null ? null : (
        <div className={styles.line}>
          <span role="status">
            The charts stand still at evidence version {frozen}.
            {waiting > 0 ? ` ${plural(waiting, 'new result')} waiting.` : null}
          </span>
          {mayPresent ? (
            <LeadButton code={code} request="room.freeze" on={false} label="Let charts go on" />
          ) : null}
        </div>
      )}
    </aside>
  );
}
