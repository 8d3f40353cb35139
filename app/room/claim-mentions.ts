/** Naming people in a text by an @ and their nickname, whatever stands in it. Pure. */
import type { Mention } from '../../server/protocol.ts';

export interface Person {
  readonly id: string;
  readonly nickname: string;
  /** Came into the room, and is not there now. */
  readonly away?: boolean;
}

/**
 * Whom a text may name: those who are here, and then the other members. A name stands for one person: of
 * two members of one name, whoever is here is meant, or else who came last.
 * @param members everybody who came into the room, those who came last first
 */
export function nameable(present: readonly Person[], members: readonly Person[]): Person[] {
  const ids = new Set(present.map(({ id }) => id));
  const names = new Set(present.map(({ nickname }) => nickname));
  const away = members.filter(({ id, nickname }) => {
    if (ids.has(id) || names.has(nickname)) return false;
    names.add(nickname);
    return true;
  });
  return [...present, ...away.map((person) => ({ ...person, away: true }))];
}

/** Ids of the people whom a text names. Who is called “Ann” is not named by “@Anna” if an Anna is here. */
export function mentioned(text: string, people: readonly Person[]): string[] {
  const names = people.map(({ id, nickname }) => ({ id, name: nickname }));
  const ids = pieces(text, names).flatMap(({ mention }) => mention?.id ?? []);
  return [...new Set(ids)];
}

export interface Piece {
  readonly text: string;
  /** Whom this piece names; null for plain text. */
  readonly mention: Mention | null;
  /** Where it begins. */
  readonly at: number;
}

/** A text cut at the names in it; of two that begin alike, the longer one is meant. */
export function pieces(text: string, mentions: readonly Mention[]): Piece[] {
  const longest = [...mentions].sort((a, b) => b.name.length - a.name.length);
  const found: Piece[] = [];
  let plain = 0;
  for (let i = text.indexOf('@'); i !== -1; i = text.indexOf('@', i)) {
    const mention = longest.find(({ name }) => name !== '' && text.startsWith(name, i + 1));
    if (mention === undefined) {
      i += 1;
      continue;
    }
    if (i > plain) found.push({ text: text.slice(plain, i), mention: null, at: plain });
    const end = i + 1 + mention.name.length;
    found.push({ text: text.slice(i, end), mention, at: i });
    i = end;
    plain = end;
  }
  if (plain < text.length) found.push({ text: text.slice(plain), mention: null, at: plain });
  return found;
}

/** The @ that is being typed before the caret, and what follows it; null if there is none. */
export function typedMention(
  text: string,
  caret: number,
): { readonly at: number; readonly begun: string } | null {
  const at = text.lastIndexOf('@', caret - 1);
  if (at === -1 || caret === 0) return null;
  const begun = text.slice(at + 1, caret);
  const before = text[at - 1];
  // An address has a letter before its @.
  if (begun.includes('\n') || (before !== undefined && !/\s|[(“"]/.test(before))) return null;
  return { at, begun };
}

const OFFERED = 6;

/** Whom this beginning may mean. */
export function offers(begun: string, people: readonly Person[]): Person[] {
  const key = begun.toLowerCase();
  return people
    .filter(({ nickname }) => nickname.toLowerCase().startsWith(key) && nickname !== begun)
    .slice(0, OFFERED);
}
