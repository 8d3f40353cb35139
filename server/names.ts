/** Nicknames, and codes of rooms, invitations and transfers. */
import { randomInt } from 'node:crypto';

const TEMPERS =
  'able agile alert brave bright calm careful cheerful clever cosmic curious daring eager earnest fair fearless fleet frank gentle glad graceful happy hardy honest humble jolly keen kind lively loyal lucky mellow merry mighty modest neat nimble noble patient playful plucky polite prompt proud quick quiet rapid ready serene sincere sleek smart spry steady sturdy sunny swift tidy tireless trusty upbeat wakeful warm wise witty zesty'.split(
    ' ',
  );
const COLOURS =
  'amber azure beige bronze cobalt copper coral cream crimson cyan ebony emerald golden green grey indigo ivory jade khaki lilac magenta maroon mauve ochre olive orange pearl pink plum purple red ruby russet saffron sage scarlet sepia silver tan teal umber violet white yellow'.split(
    ' ',
  );
const ANIMALS =
  'badger beaver bison crane dolphin eagle falcon ferret finch fox gecko heron ibex jaguar koala lemur lynx marmot marten moose newt ocelot orca osprey otter owl panda puffin quail raven robin seal sparrow stork swan tapir tiger toucan turtle walrus wombat wren'.split(
    ' ',
  );
/** Without look-alikes: no 0 O 1 I L. */
const CODE_LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

const pick = (list: ArrayLike<string>) => list[randomInt(list.length)] ?? '';

/** "Quiet amber otter": about 10⁵ names, so that two in a room rarely begin with the same. */
export function nickname(): string {
  const name = `${pick(TEMPERS)} ${pick(COLOURS)} ${pick(ANIMALS)}`;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** What makes two nicknames one to a reader: not case, not outer space, not the way it is encoded. */
export const nameKey = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

const code = (length: number) => Array.from({ length }, () => pick(CODE_LETTERS)).join('');

/** Six characters, about 10⁹ codes. */
export const roomCode = (): string => code(6);

/** Twelve characters, about 5·10¹⁷ codes: what gives a role or an identity is not found by trying. */
export const longCode = (): string => code(12);
