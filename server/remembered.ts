/** An answer that many ask for at once, and that may be a little old. */

/**
 * @param ms so long an answer is given again; a rejection is not remembered
 * @returns asks at most once at a time and in that time, for each key
 */
export function remembered<A extends unknown[], T>(
  ms: number,
  ask: (...args: A) => Promise<T>,
): (key: string, ...args: A) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (key, ...args) => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = ask(...args);
    answers.set(key, answer);
    const forget = () => answers.delete(key);
    answer.then(() => setTimeout(forget, ms).unref(), forget);
    return answer;
  };
}
