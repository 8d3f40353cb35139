/** Numbers, times and codes as people read them. Pure; the same on the server and in the browser. */
import type { Config, ParamSpec, ParamValue, Stage, Verdict } from '../../compute/studies/study.ts';

/** "ABCDEF" → "ABC-DEF": easier to say aloud; both are accepted. */
export function formatCode(code: string): string {
  return code.length === 6 ? `${code.slice(0, 3)}-${code.slice(3)}` : code;
}

/** A count with thin thousands: 12 400. */
export function formatCount(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A measured number to so many significant digits, a true minus, powers of ten where long. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return formatPower(value, digits);
  return minus(String(Number(value.toPrecision(digits))));
}

/** A number as a multiple of a power of ten, whatever its size: 2×10⁻⁴. */
export function formatPower(value: number, digits = 4): string {
  const [mantissa = '', exponent = '0'] = value.toExponential(digits - 1).split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return minus(`${short}×10${superscript(String(Number(exponent)))}`);
}

/** Where a number must lie: "within 0.9 to 1.1", "at or below 1". */
export function formatBand([lo, hi]: Verdict['threshold']): string {
  if (lo !== null && hi !== null) return `within ${formatNumber(lo)} to ${formatNumber(hi)}`;
  if (hi !== null) return `at or below ${formatNumber(hi)}`;
  if (lo !== null) return `at or above ${formatNumber(lo)}`;
  return 'anywhere';
}

/** "2.5 million" for amounts of work; exact below ten thousand. */
export function formatAmount(n: number): string {
  if (n >= 1e9) return `${formatNumber(n / 1e9, 2)} billion`;
  if (n >= 1e6) return `${formatNumber(n / 1e6, 2)} million`;
  if (n >= 1e4) return `${formatCount(Math.round(n / 1e3))} thousand`;
  return formatCount(n);
}

/** "about 40 s", "about 3 min", "about 2 h". */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min`;
  return `about ${formatNumber(seconds / 3600, 2)} h`;
}

/** "1 run", "2 runs". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

/** A parameter's value as shown: the choice's label, or the number. */
export function formatValue(param: ParamSpec, value: ParamValue): string {
  if (param.kind === 'choice') {
    return param.choices.find((c) => c.value === value)?.label ?? String(value);
  }
  return typeof value === 'number' ? formatNumber(value, 6) : value;
}

/** A cell by the parameters that differ between cells: "η 0.05, β 0.9". */
export function formatCell(params: readonly ParamSpec[], varied: readonly string[], cell: Config) {
  const parts = params
    .filter((p) => varied.includes(p.name))
    .flatMap((p) => {
      const value = cell[p.name];
      if (value === undefined) return [];
      // What a stage of the study has no use for (`stages.ts`) has a value that no grid may give it.
      const means = p.kind !== 'number' || Number(value) >= p.min;
      return [`${p.symbol ?? p.label} ${means ? formatValue(p, value) : 'none'}`];
    });
  return parts.length === 0 ? 'the one cell' : parts.join(', ');
}

/** Names of the parameters that take more than one value, those that some stages have no use for among them. */
export function variedParams(
  params: Readonly<Record<string, readonly ParamValue[]>>,
  stages: readonly Stage[] = [],
): string[] {
  const fixed = new Set(stages.flatMap((stage) => Object.keys(stage.fixed)));
  return Object.entries(params)
    .filter(([name, values]) => values.length > 1 || fixed.has(name))
    .map(([name]) => name);
}

function minus(text: string): string {
  return text.replace(/^-/, '−');
}

function superscript(text: string): string {
  const map: Readonly<Record<string, string>> = {
    '-': '⁻',
    0: '⁰',
    1: '¹',
    2: '²',
    3: '³',
    4: '⁴',
    5: '⁵',
    6: '⁶',
    7: '⁷',
    8: '⁸',
    9: '⁹',
  };
  return [...text].map((c) => map[c] ?? c).join('');
}
