/**
 * Universal data: what natural data have in common, whoever learns from them. Measured here are spectra: the power of
 * photographs over spatial frequency (Field 1987), eigenvalues of the covariance of patches of them and of handwritten
 * digits, and how often the words of a novel occur (Zipf). A run draws samples of one of them, more and more, and its
 * spectrum is what the sums give; `natural-sources.ts` says where lines are fitted, and what is asked for. And made: random
 * hierarchies, data that are composed as language and images are, and how many of them a deep network takes to learn
 * what they are composed of; `hierarchy-tasks.ts` says which, `hierarchy-criteria.ts` what is asked for.
 *
 * Judged is, of each of the data but digits, that the exponent is the published one, and that a power law fits better
 * than a log-normal over at least a decade. Digits are drawn and reported: their eigenvalues bend, as a log-normal does,
 * and no exponent describes them. How single photographs differ from the mean of many is known (Tolhurst et al. 1992): a
 * quarter of them bend too, and exponents spread by more than any interval over seeds, which is one over windows of the
 * same print. That is why each is held to the published range, and the mean of five to no number of its own.
 */
import { HYPER } from '../programs/program.ts';
import { analysisOf, number } from './criteria.ts';
import { hierarchyCriteria, hierarchySummary } from './hierarchy-criteria.ts';
import { HIERARCHY_PANELS } from './hierarchy-panels.ts';
import { HIERARCHIES, hierarchyOf, hierarchyPlan } from './hierarchy-tasks.ts';
import { naturalCriteria, summaryOf } from './natural-criteria.ts';
import { NATURAL_PANELS } from './natural-panels.ts';
import { isNatural, SOURCES, sourceOf } from './natural-sources.ts';
import type { RunSummary, Study } from './study.ts';

const SPECTRA =
  'spectra of photographs, of patches of them and of the words of a novel fall as power laws over a decade and more, by the published exponents, and not as log-normals';
const HIERARCHY =
  'the strings that a deep network takes to learn a random hierarchy are as n_c m^L, not as all strings that there are';

/** The sentence, of the data that there are. */
function statementOf(runs: readonly RunSummary[], even = ''): string {
  const [natural, made] = [true, false].map((is) => runs.some((r) => isNatural(r.config) === is));
  const parts = [...(natural || !made ? [SPECTRA] : []), ...(made || !natural ? [HIERARCHY] : [])];
  const sentence = parts.join('; and ');
  return `${sentence[0]?.toUpperCase()}${sentence.slice(1)}${even}.`;
}

/** Of the default grid: all but the one that takes longest. Few of them, as a quick grid could have, tell no exponent. */
const DEFAULT = HIERARCHIES.map(({ id }) => id).filter((id) => id !== 'hierarchy-6-3-4');
/** Steps of a run of amount 1, and records of any. */
const STEPS = 16;
const RECORDS = 4;

export const universalData: Study = {
  id: 'universal-data',
  version: '1.1.0',
  title: 'Universal data',
  pillar: 'Universality',
  statement: statementOf([]),
  about:
    'Photographs of canyons, farms and harbours have nothing in common but this: their power falls with frequency by about the same law. So do the eigenvalues of their patches by rank, and the words of a novel. And where data are composed, part by part, a deep network needs few of them: that is tried on strings made by random rules.',
  student: {
    see: 'Straight lines on logarithmic axes, one for each print, along the mark that the literature gives. One of them bends: handwritten digits are not that sort of data. And learning curves of random hierarchies, which become one when n_c m^L is divided out.',
    matters:
      'In models that can be solved the exponents of scaling laws follow from those of the data. If natural data share theirs, what is learned from one kind can hold for others; and that they are composed of parts may be why they can be learned at all.',
    wrong:
      'A photograph whose power falls by less than 1.6 or more than 3, words that leave Zipf’s law by more than 0.15, or spectra that a log-normal fits better. Hierarchies whose data, over n_c m^L, differ by more than a factor of two. With all of it shuffled nothing falls, and nothing is learned.',
  },
  references: [
    {
      ...{ authors: 'Field', year: 1987 },
      title:
        'Relations between the statistics of natural images and the response properties of cortical cells',
      where: 'JOSA A 4, 2379 (amplitude as 1/f, so power as 1/f²)',
    },
    {
      ...{ authors: 'Tolhurst, Tadmor & Chao', year: 1992 },
      title: 'Amplitude spectra of natural images',
      where:
        'Ophthalmic and Physiological Optics 12, 229, abstract (135 photographs: amplitudes fall by 0.8 to 1.5, by 1.2 in the mean; a quarter bend)',
    },
    {
      ...{ authors: 'van der Schaaf & van Hateren', year: 1996 },
      title: 'Modelling the power spectra of natural images: statistics and information',
      where: 'Vision Research 36, 2759 (power averaged over orientations)',
    },
    {
      ...{ authors: 'Moreno-Sánchez, Font-Clos & Corral', year: 2016 },
      title: 'Large-scale analysis of Zipf’s law in English texts',
      where: 'PLoS ONE 11, e0147073, arXiv:1509.04486 (eq. 1, exponents about one)',
    },
    {
      ...{ authors: 'Clauset, Shalizi & Newman', year: 2009 },
      title: 'Power-law distributions in empirical data',
      where: 'SIAM Review 51, 661, arXiv:0706.1062 (likelihood ratios against log-normals)',
    },
    {
      ...{ authors: 'Miller', year: 1957 },
      title: 'Some effects of intermittent silence',
      where:
        'American Journal of Psychology 70, 311 (letters typed at random have Zipf’s law too: they are no null)',
    },
    {
      ...{ authors: 'Cagnetta, Petrini, Tomasini, Favero & Wyart', year: 2024 },
      title: 'How deep neural networks learn compositional data: the random hierarchy model',
      where: 'Physical Review X 14, 031001, arXiv:2307.02129 (rules, P_max, and P* as n_c m^L)',
    },
  ],
  published: {
    value: 'power as f^−2 of photographs, frequency as 1/rank of words, P* as n_c m^L',
    source:
      'Field 1987; Moreno-Sánchez et al. 2016, eq. 1; Cagnetta et al. 2024, abstract of arXiv:2307.02129',
  },
  params: [
    {
      ...{ kind: 'choice', name: 'source', label: 'data' },
      help: 'One of five photographs, by frequency; small patches of all of them, or digits, by the eigenvalues of their covariance; or words by how often they occur. Hierarchies are made: n_c classes, m ways to write each symbol, L levels.',
      choices: [
        ...Object.entries(SOURCES).map(([value, { label }]) => ({ value, label })),
        ...HIERARCHIES.map(({ id, label }) => ({ value: id, label })),
      ],
    },
    {
      ...{ kind: 'number', name: 'amount', label: 'samples, as a multiple of the usual' },
      ...{ integer: false, min: 0.25, max: 16 },
      help: 'Usual are 64 windows of a photograph, 4096 patches or digits, or 102,400 words. More samples make the end of a spectrum clearer; they change no exponent. Networks draw theirs from as many strings as before, and train longer: usual are 16 passes.',
    },
  ],
  grids: {
    default: {
      params: {
        source: [...Object.keys(SOURCES), ...DEFAULT],
        amount: [1],
      },
      seeds: [1, 2, 3],
    },
    quick: { params: { source: Object.keys(SOURCES), amount: [1] }, seeds: [1, 2, 3] },
  },
  nullCase: {
    label: 'Shuffled data',
    explanation:
      'Puts a random pixel of the same window into the place of each, and a random word into the place of each word: white noise, with no order left. Strings get the class of another. Spectra are flat, nothing is learned, and the verdict must fail.',
  },
  panels: [...NATURAL_PANELS, ...HIERARCHY_PANELS],
  effect: 'exponent',
  summaries: {
    exponent: { label: 'exponent', scale: 'linear' },
    ratio: { label: 'log-likelihood of a power law over that of a log-normal', scale: 'linear' },
    curvature: { label: 'change of the exponent over a decade', scale: 'linear' },
    needed: { label: 'strings P* that a hierarchy takes', scale: 'log' },
    perLaw: { label: 'P*/(n_c m^L)', scale: 'log' },
    error: { label: 'error with the most strings over that of guessing', scale: 'linear' },
  },
  packSize: 2,
  plan(config, options) {
    const hierarchy = hierarchyOf(config);
    if (hierarchy !== null) return hierarchyPlan(hierarchy, number(config, 'amount'), options);
    const { measured, batch } = sourceOf(config);
    const steps = Math.max(RECORDS, Math.round(STEPS * number(config, 'amount')));
    const every = Math.ceil(steps / RECORDS);
    return {
      program: {
        ...{ kind: 'statistics', of: measured, batch },
        order: options.null ? 'shuffled' : 'own',
        ...{ steps, recordEvery: every, checkpointEvery: every },
      },
      hyper: HYPER,
    };
  },
  summarise: (run) => (isNatural(run.config) ? summaryOf(run) : hierarchySummary(run)),
  analyse(runs, { expected, null: isNull }) {
    const statement = statementOf(runs, isNull ? ', even shuffled' : '');
    const parts = [
      naturalCriteria(runs.filter((r) => isNatural(r.config))),
      hierarchyCriteria(runs.filter((r) => !isNatural(r.config))),
    ];
    const criteria = parts.flatMap((p) => p.criteria);
    return analysisOf(
      statement,
      criteria,
      runs,
      expected,
      Object.assign({}, ...parts.map((p) => p.more)),
    );
  },
};
