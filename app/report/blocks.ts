/**
 * What stands between the words of a report: a line of its own, `![[panel:ID?view]]`, `![[verdict]]`,
 * `![[claims]]` or `![[claim:ID]]`. Pure.
 */
export type Block =
  | { readonly kind: 'panel'; readonly panel: string; readonly view: string }
  | { readonly kind: 'verdict' }
  | { readonly kind: 'claims'; readonly only: string | null }
  /** Looks like a block, and is none. */
  | { readonly kind: 'unknown'; readonly text: string };

const FENCE = /^!\[\[([^\]\n]*)\]\]$/;

/** The block that a paragraph is; null if it is words. */
export function blockOf(paragraph: string): Block | null {
  const inside = FENCE.exec(paragraph.trim())?.[1];
  if (inside === undefined) return null;
  if (inside === 'verdict') return { kind: 'verdict' };
  if (inside === 'claims') return { kind: 'claims', only: null };
  const [kind, rest = ''] = split(inside, ':');
  if (kind === 'claim' && rest !== '') return { kind: 'claims', only: rest };
  const [panel = '', view = ''] = split(rest, '?');
  if (kind === 'panel' && panel !== '') return { kind: 'panel', panel, view };
  return { kind: 'unknown', text: inside };
}

/** The line that stands for a panel in a report, in this view. */
export function panelBlock(panel: string, view: string): string {
  return `![[panel:${panel}${view === '' ? '' : `?${view}`}]]`;
}

function split(text: string, at: string): [string, string?] {
  const i = text.indexOf(at);
  return i < 0 ? [text] : [text.slice(0, i), text.slice(i + 1)];
}
