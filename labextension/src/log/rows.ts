/** Where lines stand on a scroll of rows of one height, when long ones are wrapped. */
import type { Line } from './ansi';

/** Rows that each line takes, summed up: `starts[i]` is the first row of line i, `starts[n]` their number. */
export class Rows {
  private _starts = new Float64Array(1024);
  private _count = 0;

  /** Columns a row holds; 0: lines are not wrapped. */
  constructor(readonly columns: number) {}

  /** Measures the lines again from `from` on. */
  measure(lines: readonly Line[], from: number): void {
    if (lines.length + 1 > this._starts.length) {
      const larger = new Float64Array(2 * lines.length + 1);
      larger.set(this._starts);
      this._starts = larger;
    }
    for (let at = Math.min(from, this._count); at < lines.length; at++) {
      this._starts[at + 1] = (this._starts[at] ?? 0) + this._height(lines[at]);
    }
    this._count = lines.length;
  }

  get total(): number {
    return this._starts[this._count] ?? 0;
  }

  /** The first row of a line. */
  rowOf(line: number): number {
    return this._starts[Math.min(line, this._count)] ?? 0;
  }

  /** The line that covers a row. */
  lineAt(row: number): number {
    let low = 0;
    let high = this._count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this._starts[middle + 1] ?? 0) <= row) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return Math.min(low, Math.max(0, this._count - 1));
  }

  private _height(line: Line | undefined): number {
    if (!line || this.columns === 0 || line.length <= this.columns / 2) {
      return 1;
    }
    return Math.max(1, Math.ceil(width(line) / this.columns));
  }
}

/** Columns a line takes: full-width characters take two. */
function width(line: Line): number {
  let columns = 0;
  for (const run of line.runs) {
    for (let at = 0; at < run.text.length; at++) {
      columns += run.text.charCodeAt(at) >= 0x1100 ? 2 : 1;
    }
  }
  return columns;
}
