/**
 * A data folder belongs to one process at a time: PGlite would corrupt it in silence. The lock is a
 * folder `lock` that its holder touches every second; untouched for ten seconds, nobody holds it.
 * Ten seconds are long for a restart after a kill, so the holder also leaves its name: a file that
 * says which process on which machine. If that process is gone, the lock is taken over at once.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { causeOf, codeOf } from './cause.ts';

const STALE_MS = 10_000;
const TOUCH_MS = 1_000;
const LOOK_EVERY_MS = 100;
/** As long as a coordinator that is told to stop may take: a restart need not wait by itself. */
const PATIENCE_MS = 5_000;

/**
 * Makes the folder if need be and holds it; resolves to the function that lets it go. Rejects with
 * a sentence. `onLost` hears that the lock was taken away, as after a long sleep of this process.
 */
export async function holdFolder(
  folder: string,
  onLost: (error: Error) => void,
): Promise<() => Promise<void>> {
  try {
    await mkdir(folder, { recursive: true });
    const unlock = await acquire(folder, onLost);
    const name = nameOf({ pid: process.pid, machine: machineHere() });
    // Whoever left a name before does not hold the lock: it is held here.
    for (const old of await namesIn(folder)) await rm(path.join(folder, old), { force: true });
    await writeFile(path.join(folder, name), '');
    return async () => {
      await rm(path.join(folder, name), { force: true });
      await unlock();
    };
  } catch (error) {
    throw folderProblem(folder, error);
  }
}

async function acquire(folder: string, onLost: (error: Error) => void) {
  const startedAt = Date.now();
  const firstTouch = await touchedAt(folder);
  for (;;) {
    await breakDead(folder);
    try {
      return await lock(folder, {
        ...{ lockfilePath: lockOf(folder), stale: STALE_MS, update: TOUCH_MS },
        onCompromised: () =>
          onLost(
            new Error(`The data folder ${folder} was taken over by another process, or removed.`),
          ),
      });
    } catch (error) {
      if (codeOf(error) !== 'ELOCKED') throw error;
    }
    // A lock that is being touched is held; one that is not may be left over, and gets stale.
    const held = (await touchedAt(folder)) !== firstTouch;
    if (Date.now() - startedAt > (held ? PATIENCE_MS : STALE_MS + PATIENCE_MS)) {
      throw new FolderError(
        `The data folder ${folder} is in use by another process${await whoHolds(folder)}. Stop that one, or choose another folder with MANYHANDS_DATA.`,
      );
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** Removes the lock of a process that is gone. Only one can delete a name, so only one removes. */
async function breakDead(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    const holder = holderOf(name);
    if (holder === null || holder.machine !== machineHere() || isAlive(holder.pid)) continue;
    const mine = await unlink(path.join(folder, name)).then(
      () => true,
      () => false,
    );
    if (mine) await rmdir(lockOf(folder)).catch(() => {});
  }
}

interface Holder {
  readonly pid: number;
  readonly machine: string;
}

const lockOf = (folder: string) => path.join(folder, 'lock');
const nameOf = ({ pid, machine }: Holder) => `held-by-${pid}-${machine}-${randomUUID()}`;

function holderOf(name: string): Holder | null {
  const [, pid, machine] = /^held-by-(\d+)-(.+)-[0-9a-f]{8}(?:-[0-9a-f]+){4}$/.exec(name) ?? [];
  return pid === undefined || machine === undefined ? null : { pid: Number(pid), machine };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => holderOf(name) !== null);
}

async function whoHolds(folder: string): Promise<string> {
  const holders = (await namesIn(folder)).map(holderOf);
  const here = holders.find((holder) => holder?.machine === machineHere());
  return here ? ` (its number is ${here.pid})` : '';
}

function touchedAt(folder: string): Promise<number | null> {
  return stat(lockOf(folder)).then(
    (s) => s.mtimeMs,
    () => null,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/**
 * Where a process number means something: on Linux this boot and this space of numbers (a container
 * has its own, and may have the host name of another), elsewhere the host name.
 */
function machineHere(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}-${readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}`;
  } catch {
    return encodeURIComponent(os.hostname());
  }
}

/** A sentence for people already. */
class FolderError extends Error {}

/** Says in a sentence what is wrong with a data folder. */
export function folderProblem(folder: string, error: unknown): Error {
  if (error instanceof FolderError) return error;
  return new FolderError(sentenceOf(folder, error), { cause: error });
}

function sentenceOf(folder: string, error: unknown): string {
  const elsewhere = 'Choose another folder with MANYHANDS_DATA.';
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return `There is no permission to write in the data folder ${folder}. ${elsewhere}`;
    case 'EROFS':
      return `The data folder ${folder} is on a disk that can only be read. ${elsewhere}`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `The data folder ${folder} is not a folder. ${elsewhere}`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `The disk of the data folder ${folder} is full. Make room on it. ${elsewhere}`;
    default:
      return `The data folder ${folder} cannot be used: ${causeOf(error)}`;
  }
}
