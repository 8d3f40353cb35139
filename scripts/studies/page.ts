/**
 * `docs/studies.md`, made from the records and the specs alone: no number in it is typed by hand. What does
 * not hold, what is stale and what was never measured stands at the top.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatBand, formatNumber, formatValue, plural } from '../../app/ui/text.ts';
import { studies as registered } from '../../compute/studies/registry.ts';
import type { Fit, Study, Verdict } from '../../compute/studies/study.ts';
import { FRESH_SEEDS, type Part } from './parts.ts';
import {
  currentOf,
  FOLDER,
  type Machine,
  type Measured,
  readRecord,
  type StudyRecord,
} from './record.ts';

export interface Documented {
  readonly study: Study;
  readonly record: StudyRecord;
}

const PAGE = path.join(FOLDER, '..', 'studies.md');
const freshName = `seeds ${FRESH_SEEDS[0]} to ${FRESH_SEEDS.at(-1)}`;

const NAMES: Readonly<Record<Part, string>> = {
  default: 'default grid',
  fresh: `default grid, ${freshName}`,
  null: 'null on the default grid',
  quick: 'quick grid',
  webgpu: 'quick grid, WebGPU',
};
/** What a study cannot be without; WebGPU is measured where somebody asks for it. */
const NEEDED = ['default', 'fresh', 'null', 'quick'] as const satisfies readonly Part[];

/** Text that Markdown must not read as its own, also within a table. */
const plain = (text: string) => text.replaceAll(/[\\|*_<`]/g, (sign) => `\\${sign}`);

const row = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');

const numberOf = (value: number | null) => (value === null ? 'none' : formatNumber(value));
const intervalOf = (interval: Verdict['interval']) =>
  interval === null ? 'none' : `[${interval.map((end) => formatNumber(end)).join(', ')}]`;
const capital = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}`;

/** Why what was measured is not of the study as it is now; null where it is. */
function staleness({ study, record }: Documented, part: Part): string | null {
  const measured = record.parts[part];
  if (measured === undefined || currentOf(study, record, part) !== null) return null;
  return measured.version === study.version
    ? 'stale: its grid has changed'
    : `stale: of version ${measured.version}, now ${study.version}`;
}

/** What a reader must know before any number: one sentence each. */
export function problemsOf(documented: Documented): string[] {
  const { study, record } = documented;
  const measured = (Object.keys(NAMES) as Part[]).filter((p) => record.parts[p] !== undefined);
  const of = (part: Part, what: string) => `${study.title} (${study.id}), ${NAMES[part]}: ${what}`;
  const missing = NEEDED.filter((part) => record.parts[part] === undefined);
  if (measured.length === 0) return [`${study.title} (${study.id}): not measured.`];
  return [
    ...missing.map((part) => of(part, 'not measured.')),
    ...measured.flatMap((part) => {
      const stale = staleness(documented, part);
      return stale === null ? [] : of(part, `${stale}. Measure it again.`);
    }),
    ...measured.flatMap((part) => {
      const { state, because } = record.parts[part]?.analysis.verdict ?? {};
      if (part === 'null') return state === 'holds' ? of(part, 'holds, and must not.') : [];
      return state === 'holds' ? [] : of(part, `${state}. ${because}`);
    }),
  ];
}

function overviewRow(documented: Documented): string[] {
  const { study, record } = documented;
  const state = (part: Part) => {
    const verdict = record.parts[part]?.analysis.verdict;
    if (verdict === undefined) return 'not measured';
    return staleness(documented, part) === null ? verdict.state : `${verdict.state} (stale)`;
  };
  const [main, broken] = [record.parts.default, record.parts.null].map((m) => m?.analysis.verdict);
  return [
    `[${plain(study.title)}](#${study.id})`,
    state('default'),
    main === undefined ? '' : `${numberOf(main.value)} ${intervalOf(main.interval)}`,
    main === undefined ? '' : formatBand(main.threshold),
    study.published === undefined ? 'none stated' : plain(study.published.value),
    state('fresh'),
    state('null'),
    numberOf(broken?.value ?? null),
  ];
}

function timeOf({ seconds, processorSeconds, backend, adapter }: Measured): string {
  const where = backend === 'wasm' ? 'wasm' : `WebGPU (${adapter ?? 'unknown adapter'})`;
  const work =
    processorSeconds === null ? '' : `, ${formatNumber(processorSeconds, 3)} s processor`;
  return `${formatNumber(seconds, 3)} s on ${where}${work}`;
}

const machineText = ({ cpu, cores, node }: Machine) =>
  `${plain(cpu)}, ${plural(cores, 'core')}, Node ${node}`;

function gridText(study: Study, { params, seeds }: Measured['grid']): string {
  const lines = Object.entries(params).map(([name, values]) => {
    const spec = study.params.find((p) => p.name === name);
    if (spec === undefined) return `${plain(name)}: ${values.join(', ')}`;
    const symbol = spec.symbol === undefined ? '' : ` ${spec.symbol}`;
    return plain(`${spec.label}${symbol}: ${values.map((v) => formatValue(spec, v)).join(', ')}`);
  });
  return [...lines, `seeds: ${seeds.join(', ')}`].map((line) => `- ${line}`).join('\n');
}

function fitsText(fits: Readonly<Record<string, Fit>>): string {
  const rows = Object.values(fits).map(({ label, value, interval, runs }) => [
    ...[plain(label), formatNumber(value), intervalOf(interval), String(runs)],
  ]);
  if (rows.length === 0) return '';
  const content = table(['number', 'value', '95% interval', 'runs'], rows);
  return `<details><summary>Every number on the default grid</summary>\n\n${content}\n\n</details>`;
}

function sectionOf(documented: Documented, machines: readonly string[]): string {
  const { study, record } = documented;
  const parts = (Object.keys(NAMES) as Part[]).flatMap((part) => {
    const measured = record.parts[part];
    return measured === undefined ? [] : { part, measured };
  });
  const rows = parts.map(({ part, measured }) => {
    const { state, value, interval, threshold } = measured.analysis.verdict;
    const stale = staleness(documented, part);
    const machine = `machine ${machines.indexOf(machineText(measured.machine)) + 1}`;
    const commit = `${measured.commit}${measured.changed ? ' + changes' : ''}`;
    return [
      NAMES[part],
      stale === null ? state : `${state} (${stale})`,
      ...[numberOf(value), intervalOf(interval), formatBand(threshold), String(measured.runs)],
      ...[timeOf(measured), `${measured.date}, ${commit}, ${machine}`],
    ];
  });
  const head = ['', 'verdict', 'number', '95% interval', 'must lie', 'runs', 'time', 'measured'];
  const because = parts.map(
    ({ part, measured }) =>
      `- ${capital(NAMES[part])}: ${plain(measured.analysis.verdict.because)}`,
  );
  const { published } = study;
  const main = record.parts.default;
  const blocks = [
    `<a id="${study.id}"></a>\n\n### ${plain(study.title)}`,
    `\`${study.id}\`, version ${study.version}. ${plain(study.statement)}`,
    rows.length === 0 ? 'Not measured yet.' : table(head, rows),
    because.join('\n'),
    `Published: ${published === undefined ? 'none stated.' : plain(`${published.value} (${published.source}).`)}`,
    `The null, “${plain(study.nullCase.label)}”: ${plain(study.nullCase.explanation)}`,
    main === undefined ? '' : `The default grid:\n\n${gridText(study, main.grid)}`,
    main === undefined ? '' : fitsText(main.analysis.fits),
    `References:\n\n${study.references
      .map((r) => `- ${plain(`${r.authors} ${r.year}, ${r.title}; ${r.where}`)}`)
      .join('\n')}`,
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** The page. The same records and specs give the same bytes. */
export function pageOf(all: readonly Documented[]): string {
  const problems = all.flatMap(problemsOf);
  const machines = [
    ...new Set(
      all.flatMap(({ record }) => Object.values(record.parts).map((m) => machineText(m.machine))),
    ),
  ];
  const good = `Nothing: every study holds on its default grid and on ${freshName}, no null holds, and nothing is stale.`;
  const head = [
    'study',
    'verdict',
    'number',
    'must lie',
    'published',
    freshName,
    'null',
    'its number',
  ];
  const blocks = [
    '# Studies: what was measured',
    'Written by `npm run studies` from `docs/studies/*.json` and the specs in `compute/studies/`; change those, not this page. A verdict holds if the whole 95% interval (bootstrap over seeds) of every number that it reads lies in its band; the number shown is the one that decides it. No study was tuned on seeds 1000 to 1002. Where “+ changes” follows a commit, sources differed from it. Time is the clock’s, from the first step to the verdict, and beside it the processor’s over all threads: where other work held the cores, the clock says more of that than of the study.',
    '## What does not hold',
    problems.length === 0 ? good : problems.map((p) => `- **${plain(p)}**`).join('\n'),
    '## Overview',
    table(head, all.map(overviewRow)),
    `Machines:\n\n${machines.map((m, i) => `${i + 1}. ${m}`).join('\n')}`,
    '## Study by study',
    ...all.map((documented) => sectionOf(documented, machines)),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** Every registered study with its record. */
export const documented = (): Promise<Documented[]> =>
  Promise.all(registered.map(async (study) => ({ study, record: await readRecord(study) })));

/** Writes the page; resolves to its path. */
export async function writePage(): Promise<string> {
  await writeFile(PAGE, pageOf(await documented()));
  return PAGE;
}
