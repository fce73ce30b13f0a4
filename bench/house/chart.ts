/** Bar charts as inline SVG, drawn here: a group for each step, a bar for each contender, on a logarithmic scale. */

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What is written at its end. */
  readonly text: string;
  readonly color: string;
}

export interface Group {
  readonly label: string;
  readonly bars: readonly Bar[];
}

const LEFT = 150;
const PLOT = 470;
const RIGHT = 120;
const BAR = 14;
const GAP = 12;
const TOP = 22;

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark]!);
}

/** Powers of ten that span the values; at least one decade. */
export function decades(values: readonly number[]): readonly [low: number, high: number] {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return [-3, 0];
  const low = Math.floor(Math.log10(Math.min(...positive)));
  const high = Math.ceil(Math.log10(Math.max(...positive)));
  return [low, Math.max(high, low + 1)];
}

/** An SVG of grouped bars; values are milliseconds, `tick` names a power of ten. */
export function barChart(title: string, groups: readonly Group[], tick: (value: number) => string): string {
  const [low, high] = decades(groups.flatMap((group) => group.bars.map((bar) => bar.value)));
  const x = (value: number): number => {
    const share = value > 0 ? (Math.log10(value) - low) / (high - low) : 0;
    return LEFT + Math.max(0.004, share) * PLOT;
  };
  const parts: string[] = [];
  let y = TOP;
  for (const group of groups) {
    const middle = y + (group.bars.length * BAR) / 2 + 4;
    parts.push(`<text x="${LEFT - 8}" y="${middle}" text-anchor="end" class="step">${escapeXml(group.label)}</text>`);
    for (const bar of group.bars) {
      const width = (x(bar.value) - LEFT).toFixed(1);
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR - 2}" fill="${bar.color}">` +
          `<title>${escapeXml(`${bar.label}: ${bar.text}`)}</title></rect>`,
        `<text x="${(x(bar.value) + 5).toFixed(1)}" y="${y + BAR - 4}" class="value">${escapeXml(bar.text)}</text>`,
      );
      y += BAR;
    }
    y += GAP;
  }
  const lines: string[] = [];
  for (let power = low; power <= high; power++) {
    const at = x(10 ** power).toFixed(1);
    lines.push(
      `<line x1="${at}" x2="${at}" y1="${TOP - 6}" y2="${y - GAP / 2}" class="grid"/>`,
      `<text x="${at}" y="${TOP - 10}" text-anchor="middle" class="tick">${escapeXml(tick(10 ** power))}</text>`,
    );
  }
  const width = LEFT + PLOT + RIGHT;
  return (
    `<svg viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img">` +
    `<title>${escapeXml(title)}</title>${lines.join('')}${parts.join('')}</svg>`
  );
}
