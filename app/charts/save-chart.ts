/**
 * A panel as a file of its own, SVG or PNG: title, charts and legend as they are on the screen, in the
 * colours that they have there, with nothing left that only this page could resolve.
 */
const SVG = 'http://www.w3.org/2000/svg';
/** Pixels of a PNG for each of the page: sharp on paper. */
const PNG_SCALE = 2;
const [PAD, TITLE] = [16, 34];
/** What the page's styles decide of a mark. */
const STYLED = [
  ...['stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'opacity'],
  ...['font-size', 'font-family', 'font-weight', 'text-anchor', 'image-rendering'],
] as const;

export type ChartFormat = 'svg' | 'png';

/**
 * Offers the file for download.
 * @param root what holds the charts (`data-drawing`) and the legend
 * @param name of the file, without its ending
 * @throws when the browser cannot draw it
 */
export async function saveChart(
  root: HTMLElement,
  {
    title,
    name,
    format,
  }: { readonly title: string; readonly name: string; readonly format: ChartFormat },
): Promise<void> {
  const { svg, width, height } = drawingOf(root, title);
  const vector = new Blob([new XMLSerializer().serializeToString(svg)], { type: 'image/svg+xml' });
  const blob = format === 'svg' ? vector : await pngOf(vector, width, height);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${name}.${format}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function drawingOf(root: HTMLElement, title: string) {
  const box = root.getBoundingClientRect();
  const toRgb = colorReader();
  const svg = document.createElementNS(SVG, 'svg');
  const offset = (element: Element) => {
    const at = element.getBoundingClientRect();
    return { x: at.left - box.left + PAD, y: at.top - box.top + PAD + TITLE, box: at };
  };
  const width = Math.ceil(box.width + 2 * PAD);
  let bottom = 0;
  const write = (words: string, x: number, y: number, like: Element, size: number) => {
    const text = document.createElementNS(SVG, 'text');
    const { fontFamily, fontWeight, color } = getComputedStyle(like);
    setAll(text, { x, y, 'font-size': size, 'font-family': fontFamily, 'font-weight': fontWeight });
    text.setAttribute('fill', toRgb(color).color);
    text.textContent = words;
    svg.append(text);
  };
  const ground = document.createElementNS(SVG, 'rect');
  svg.append(ground);
  write(title, PAD, PAD + 18, root.closest('section')?.querySelector('h3') ?? root, 18);
  for (const drawing of root.querySelectorAll<HTMLElement>('[data-drawing]')) {
    const at = offset(drawing);
    if (drawing.dataset.drawing) write(drawing.dataset.drawing, at.x, at.y - 8, drawing, 14);
    const canvas = drawing.querySelector('canvas');
    if (canvas !== null && canvas.width > 0) {
      const { x, y, box: size } = offset(canvas);
      const image = document.createElementNS(SVG, 'image');
      setAll(image, { x, y, width: size.width, height: size.height, href: canvas.toDataURL() });
      svg.append(image);
    }
    const chart = drawing.querySelector('svg');
    if (chart !== null) svg.append(inlined(chart, offset(chart), toRgb));
    bottom = Math.max(bottom, at.y + at.box.height);
  }
  // The legend follows the charts, whatever lies between them on the page.
  const entries = [...root.querySelectorAll('[data-legend] > li')];
  const top = Math.min(...entries.map((e) => offset(e).y));
  for (const entry of entries) {
    const at = offset(entry);
    const y = bottom + 16 + at.y - top;
    const mark = entry.querySelector('svg');
    if (mark !== null) svg.append(inlined(mark, { x: at.x, y: y + 3 }, toRgb));
    const words = entry.querySelector('span') ?? entry;
    write(words.textContent ?? '', at.x + (mark === null ? 0 : 32), y + 14, words, 12);
  }
  const end = Math.max(bottom, ...entries.map((e) => bottom + 16 + offset(e).y - top + 22));
  const height = Math.ceil(end + PAD);
  const { color } = toRgb(getComputedStyle(root.closest('.card') ?? root).backgroundColor);
  setAll(ground, { width, height, fill: color });
  setAll(svg, { width, height, viewBox: `0 0 ${width} ${height}` });
  return { svg, width, height };
}

type ReadColor = (css: string) => { readonly color: string; readonly alpha: number };

/** Every colour as numbers: other programs read no oklab(). */
function colorReader(): ReadColor {
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  return (css) => {
    if (pen === null) return { color: css, alpha: 1 };
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = css;
    pen.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 255] = pen.getImageData(0, 0, 1, 1).data;
    return { color: `rgb(${r}, ${g}, ${b})`, alpha: a / 255 };
  };
}

function inlined(
  chart: SVGSVGElement,
  at: { x: number; y: number },
  toRgb: ReadColor,
): SVGSVGElement {
  const copy = chart.cloneNode(true) as SVGSVGElement;
  const originals = [chart, ...chart.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  for (const [i, original] of originals.entries()) {
    const into = copies[i];
    if (into === undefined) continue;
    const style = getComputedStyle(original);
    for (const property of STYLED) {
      const value = style.getPropertyValue(property);
      if (value !== '') into.setAttribute(property, value);
    }
    for (const paint of ['fill', 'stroke'] as const) {
      const value = style.getPropertyValue(paint);
      if (value === '' || value === 'none') {
        into.setAttribute(paint, 'none');
        continue;
      }
      const { color, alpha } = toRgb(value);
      into.setAttribute(paint, color);
      if (alpha < 1) into.setAttribute(`${paint}-opacity`, alpha.toFixed(3));
    }
    into.removeAttribute('class');
    into.removeAttribute('style');
  }
  const { width, height } = chart.getBoundingClientRect();
  setAll(copy, { x: at.x, y: at.y, width, height });
  return copy;
}

function setAll(element: Element, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

async function pngOf(vector: Blob, width: number, height: number): Promise<Blob> {
  const url = URL.createObjectURL(vector);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = width * PNG_SCALE;
    canvas.height = height * PNG_SCALE;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (blob === null) throw new Error('The browser could not make a picture of this chart.');
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}
