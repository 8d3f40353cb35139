import { expect, it } from 'vitest';
import { QUESTION_IDS, QUESTIONS } from './questions.ts';
import { studyById } from './registry.ts';

it('asks every question once, each with a study that one can open here', () => {
  expect(QUESTIONS.map((q) => q.id)).toEqual([...QUESTION_IDS]);
  for (const { id, studies } of QUESTIONS) {
    expect(new Set(studies).size, id).toBe(studies.length);
    expect(studies.filter((s) => studyById(s) !== null).length, id).toBeGreaterThan(0);
  }
});
