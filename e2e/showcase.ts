/**
 * One of every page, filled: what the screenshots show and what is read by axe. The rooms are filled as
 * people fill them, through the socket, and trained by a volunteer on this machine.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Client, createClient } from '../client/client.ts';
import { QUESTIONS } from '../compute/studies/questions.ts';
import { studyById } from '../compute/studies/registry.ts';
import type { Grid } from '../compute/studies/study.ts';
import type { Delta, Replies, RequestInput, RequestName } from '../server/protocol.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const run = promisify(execFile);

export interface ShownPage {
  /** For file names and for people. */
  readonly name: string;
  readonly path: string;
}

/** Fills the server at this address, and names one page of each kind. */
export async function showcase(url: string): Promise<readonly ShownPage[]> {
  const [owner, guest] = [personAt(url), personAt(url)];
  try {
    const room = await openRoom(owner, 'deep-linear', 'Deep linear networks, first lesson', {});
    await ask(guest, 'room.join', { code: room });
    await train(url, owner, room);
    await argue(owner, guest, room);
    const sweep = await openRoom(owner, 'conservation', 'What the step size spoils', {});
    await train(url, owner, sweep);
    const { snapshot, report } = await publish(owner, room);
    return [
      { name: 'gallery', path: '/' },
      { name: 'study', path: '/studies/deep-linear' },
      { name: 'questions', path: '/questions' },
      { name: 'account', path: '/account' },
      { name: 'room', path: `/i/${room}` },
      { name: 'room-of-a-sweep', path: `/i/${sweep}` },
      { name: 'snapshot', path: `/s/${snapshot}` },
      { name: 'import', path: '/s/import' },
      { name: 'report', path: `/report/${report}` },
      { name: 'report-editor', path: `/report/new?room=${room}` },
      { name: 'embed', path: `/embed/i/${room}?panel=modes` },
      { name: 'unknown-room', path: '/i/2222222' },
      { name: 'not-found', path: '/nowhere' },
    ];
  } finally {
    owner.dispose();
    guest.dispose();
  }
}

function personAt(url: string): Client {
  const key = randomBytes(32).toString('hex');
  return createClient({ url, deviceKey: () => key });
}

/** The answer of a request that must be granted. */
async function ask<N extends RequestName>(
  client: Client,
  name: N,
  input: RequestInput<N>,
): Promise<Replies[N]> {
  if (!client.isConnected()) await new Promise<void>((there) => client.onConnected(there));
  const reply = await client.request(name, input);
  if (!reply.ok) throw new Error(`${name}: ${reply.message}`);
  return reply.value;
}

/** Opens the quick grid of a study, with these values in place of its own. */
async function openRoom(
  owner: Client,
  id: string,
  title: string,
  params: Grid['params'],
): Promise<string> {
  const study = studyById(id);
  if (study === null) throw new Error(`There is no study ${id}.`);
  const { quick } = study.grids;
  const grid = { params: { ...quick.params, ...params }, seeds: quick.seeds };
  const question = QUESTIONS.find(({ studies }) => studies.includes(id))?.id;
  const input = {
    study: id,
    title,
    grid,
    null: false,
    question,
  } as RequestInput<'investigation.open'>;
  const { code } = await ask(owner, 'investigation.open', input);
  await ask(owner, 'room.join', { code });
  return code;
}

/** Trains the room until every run is in and verified. */
async function train(url: string, owner: Client, code: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'manyhands-volunteer-'));
  const done = allVerified(owner, code);
  const args = ['volunteer', '--server', url, '--code', code, '--folder', folder];
  const volunteer = run(process.execPath, [path.join(root, 'bin', 'manyhands.mjs'), ...args]);
  try {
    // Whichever comes first: a volunteer that ends before has failed, and says why.
    await Promise.race([done, volunteer]);
    volunteer.child.kill('SIGINT');
    await volunteer;
    await done;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function allVerified(client: Client, code: string): Promise<void> {
  const isDone = ({ progress: p }: Delta) => p.runs === p.ofRuns && p.verified === p.ofRuns;
  await new Promise<void>((resolve, reject) => {
    const off = client.on('room.delta', (delta) => {
      if (delta.code === code && isDone(delta)) end();
    });
    const end = () => {
      off();
      resolve();
    };
    ask(client, 'room.sync', { code, from: 0 }).then((delta) => isDone(delta) && end(), reject);
  });
}

/** A claim on the figure, and an answer to it. */
async function argue(owner: Client, guest: Client, code: string): Promise<void> {
  const { to } = await ask(owner, 'room.sync', { code, from: 0 });
  const { claim } = await ask(owner, 'claim.add', {
    ...{ code, evidence: to },
    anchor: { kind: 'region', panel: 'modes', region: { x: [0.4, 1.3], y: [0.3, 3.9] } },
    text: 'The strongest mode is learnt first, and in one sweep.',
  });
  await ask(guest, 'claim.reply', { claim, text: 'The weakest waits longest: about 1/s.' });
}

/** The room frozen, and a report about it. */
async function publish(owner: Client, code: string) {
  const { snapshot } = await ask(owner, 'snapshot.take', {
    ...{ code, title: 'Deep linear networks, first lesson', view: '' },
    note: 'All four runs of the quick grid.',
  });
  const { report } = await ask(owner, 'report.save', {
    ...{ code, report: null, after: 0, title: 'What a linear network learns first', snapshot },
    body: [
      'Without a nonlinearity the network can only be a matrix. **Training it is not linear at all**:',
      '![[panel:modes]]',
      'Each mode waits, and then rises on a sigmoid of its own. How long it waits is told by its strength:',
      '![[panel:half-times]]',
      'So much for what was predicted. What was measured:',
      '![[verdict]]',
      '![[claims]]',
    ].join('\n\n'),
  });
  return { snapshot, report };
}
