'use client';
/** A text in which people of the room can be named: after an @, the names that may be meant are offered. */
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { offers, type Person, typedMention } from './claim-mentions.ts';
import styles from './mention-field.module.css';

interface Props {
  readonly id: string;
  readonly text: string;
  readonly people: readonly Person[];
  readonly maxLength: number;
  readonly placeholder?: string;
  readonly rows?: number;
  readonly onText: (text: string) => void;
}

export function MentionField({ id, text, people, onText, rows = 3, ...field }: Props) {
  const list = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState<number | null>(null);
  const [chosen, setChosen] = useState(0);
  const begun = caret === null ? null : typedMention(text, caret);
  const names = begun === null ? [] : offers(begun.begun, people);
  const current = Math.min(chosen, names.length - 1);

  const put = (person: Person) => {
    if (begun === null || caret === null) return;
    const before = `${text.slice(0, begun.at)}@${person.nickname} `;
    onText(before + text.slice(caret));
    setCaret(null);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(before.length, before.length);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (names.length === 0 || event.nativeEvent.isComposing) return;
    const person = names[current];
    if (event.key === 'ArrowDown') setChosen((current + 1) % names.length);
    else if (event.key === 'ArrowUp') setChosen((current + names.length - 1) % names.length);
    else if (event.key === 'Escape') setCaret(null);
    else if ((event.key === 'Enter' || event.key === 'Tab') && person) put(person);
    else return;
    event.preventDefault();
  };

  return (
    <div className={styles.box}>
      <textarea
        {...field}
        {...{ id, rows, onKeyDown }}
        ref={area}
        className={`field ${styles.text}`}
        value={text}
        aria-autocomplete="list"
        aria-controls={names.length > 0 ? list : undefined}
        aria-activedescendant={names.length > 0 ? `${list}-${current}` : undefined}
        onChange={(event) => {
          onText(event.target.value);
          setCaret(event.target.selectionStart);
          setChosen(0);
        }}
        onBlur={() => setCaret(null)}
      />
      {names.length === 0 ? null : (
        <div id={list} role="listbox" aria-label="People in the room" className={styles.names}>
          {names.map((person, i) => (
            <button
              key={person.id}
              id={`${list}-${i}`}
              type="button"
              role="option"
              tabIndex={-1}
              aria-selected={i === current}
              className={styles.name}
              // Before the field loses focus, and with it the list.
              onPointerDown={(event) => {
                event.preventDefault();
                put(person);
              }}
            >
              {person.nickname}
              {person.away === true ? <span className="hint"> · away</span> : null}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
