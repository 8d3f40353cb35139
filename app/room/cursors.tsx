'use client';
/**
 * Pointers of others over a panel, and the watching of one's own. It draws by itself, inside the
 * chart's frame: the charts know nothing of it, and are not drawn again when a pointer moves.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { Projection } from '../charts/projection.ts';
import type { CursorStore } from './cursor-store.ts';
import styles from './cursors.module.css';

interface Props {
  readonly store: CursorStore;
  readonly panel: string;
  readonly at: Projection;
  /** Whose pointer stands out, or null. */
  readonly presenter: string | null;
}

export function Cursors({ store, panel, at, presenter }: Props) {
  const group = useRef<SVGGElement>(null);
  const cursors = useSyncExternalStore(
    store.subscribe,
    () => store.over(panel),
    () => store.over(panel),
  );
  useEffect(() => {
    const frame = group.current?.ownerSVGElement;
    if (frame === null || frame === undefined) return;
    const { area, dataX, dataY } = at;
    const move = (event: PointerEvent) => {
      const box = frame.getBoundingClientRect();
      const [px, py] = [event.clientX - box.left, event.clientY - box.top];
      const isInside =
        px >= area.x && px <= area.x + area.width && py >= area.y && py <= area.y + area.height;
      store.move(isInside ? { panel, x: dataX(px), y: dataY(py) } : null);
    };
    const leave = () => store.move(null);
    frame.addEventListener('pointermove', move, { passive: true });
    frame.addEventListener('pointerleave', leave, { passive: true });
    return () => {
      frame.removeEventListener('pointermove', move);
      frame.removeEventListener('pointerleave', leave);
    };
  }, [at, panel, store]);

  const right = at.area.x + at.area.width;
  return (
    <g ref={group} pointerEvents="none" data-cursors={cursors.length}>
      {cursors.map(({ member, nickname, x, y }) => {
        const px = at.px(x);
        // Near the right edge the name stands on the other side.
        const isLeft = px > right - 120;
        return (
          <g
            key={member}
            className={`${styles.cursor} ${member === presenter ? styles.presenter : ''}`}
            style={{ transform: `translate(${px}px, ${at.py(y)}px)` }}
          >
            <path d="M0 0v15l4-3.500 2.500 6 2.500-1-2.500-6h5.500z" />
            <text x={isLeft ? -4 : 14} y="18" textAnchor={isLeft ? 'end' : 'start'}>
              {nickname}
            </text>
          </g>
        );
      })}
    </g>
  );
}
