/** The thread in which verdicts are worked out: some take tenths of a second, and people wait on the coordinator's own. */
import { loadStudy } from '../compute/studies/load.ts';
import { type Analysed, analysed, type ToAnalyse } from './analyse.ts';
import { answerQuestions } from './thread.ts';

answerQuestions(async ({ study: id, ...of }: ToAnalyse): Promise<Analysed> => {
  const study = await loadStudy(id);
  if (study === null) throw new Error(`The study ${id} is not part of this version.`);
  return analysed(study, of);
});
