/** Nicknames and room codes. */
import { randomInt } from 'node:crypto';

const ADJECTIVES =
  'amber brave calm clever coral cosmic curious gentle golden happy indigo jolly keen kind lively lucky mellow merry mighty misty noble olive patient polite quick quiet rapid ruby silver sunny swift teal tidy velvet violet warm wise witty'.split(
    ' ',
  );
const ANIMALS =
  'badger beaver bison crane dolphin eagle falcon ferret finch fox gecko heron ibex jaguar koala lemur lynx marmot marten moose newt ocelot orca osprey otter owl panda puffin quail raven robin seal sparrow stork swan tapir tiger toucan turtle walrus wombat wren'.split(
    ' ',
  );
/** Without look-alikes: no 0 O 1 I L. */
const CODE_LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

const pick = (list: ArrayLike<string>) => list[randomInt(list.length)] ?? '';

/** "Quiet otter". */
export function nickname(): string {
  const name = `${pick(ADJECTIVES)} ${pick(ANIMALS)}`;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Six characters, about 10⁹ codes. */
export function roomCode(): string {
  return Array.from({ length: 6 }, () => pick(CODE_LETTERS)).join('');
}
