'use client';
/** The room's link as a QR code, drawn here: nothing is asked of another server. */
import { create } from 'qrcode';
import { useRef, useState } from 'react';
import { formatCode } from '../ui/text.ts';
import styles from './share-dialog.module.css';

interface Props {
  readonly code: string;
  readonly link: () => string;
}

export function ShareDialog({ code, link }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [shown, setShown] = useState<string | null>(null);
  const open = () => {
    setShown(link());
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" className="button small" onClick={open}>
        Show QR
      </button>
      <dialog ref={dialog} className={styles.dialog} aria-label="Join this room">
        {shown === null ? null : (
          <div className={styles.inside}>
            <QrImage text={shown} />
            <p className={`code ${styles.code}`}>{formatCode(code)}</p>
            <p className={styles.link}>{shown}</p>
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </div>
        )}
      </dialog>
    </>
  );
}

/** Quiet zone of four modules, dark on white in both themes: cameras want it so. */
function QrImage({ text }: { readonly text: string }) {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const size = modules.size;
  let path = '';
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (modules.get(y, x)) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  return (
    <svg
      className={styles.qr}
      viewBox={`-4 -4 ${size + 8} ${size + 8}`}
      role="img"
      aria-label={`QR code of ${text}`}
      shapeRendering="crispEdges"
    >
      <rect x="-4" y="-4" width={size + 8} height={size + 8} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
