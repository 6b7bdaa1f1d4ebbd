/* eslint-disable no-control-regex -- control characters are what this file reads */
/** What a terminal makes of a stream of text: lines of coloured runs, carriage returns and cursor moves obeyed. */

export interface IStyle {
  /** 0-15 of the terminal's palette, or -1. */
  color: number;
  bold: boolean;
  dim: boolean;
}

export interface IRun {
  text: string;
  style: IStyle;
}

export const PLAIN: IStyle = { color: -1, bold: false, dim: false };

/** One line of a terminal. It is written to at a column, as a progress bar does. */
export class Line {
  runs: IRun[] = [];
  length = 0;

  get text(): string {
    return this.runs.map(run => run.text).join('');
  }

  write(text: string, column: number, style: IStyle): void {
    if (column >= this.length) {
      this._append(' '.repeat(column - this.length), PLAIN);
      this._append(text, style);
    } else {
      const head = this._cut(0, column);
      const tail = this._cut(column + text.length, this.length);
      this.runs = [...head, { text, style }, ...tail];
      this.length = Math.max(this.length, column + text.length);
    }
  }

  /** Erases `from` up to `to`; what is right of it stays where it is. */
  erase(from: number, to: number): void {
    if (to >= this.length) {
      this.runs = this._cut(0, from);
      this.length = Math.min(from, this.length);
    } else {
      this.write(' '.repeat(to - from), from, PLAIN);
    }
  }

  private _append(text: string, style: IStyle): void {
    if (text === '') {
      return;
    }
    const last = this.runs.at(-1);
    if (last && last.style === style) {
      last.text += text;
    } else {
      this.runs.push({ text, style });
    }
    this.length += text.length;
  }

  private _cut(from: number, to: number): IRun[] {
    const found: IRun[] = [];
    let at = 0;
    for (const run of this.runs) {
      const text = run.text.slice(Math.max(0, from - at), Math.max(0, to - at));
      if (text) {
        found.push({ text, style: run.style });
      }
      at += run.text.length;
    }
    return found;
  }
}

const TOKENS =
  /[^\u0000-\u001f\u007f]+|\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b.|[\u0000-\u001f\u007f]/gsu;
const UNFINISHED = /\u001b(?:\[[0-9;?]*[ -/]*|\][^\u0007\u001b]*)?$/;
const TAB = 8;
/** A cursor moves up in the lines of one write of a progress display, not through the whole log. */
const REACH = 50;

export class Terminal {
  readonly lines: Line[] = [];
  /** Index of the first line that the last `feed` changed. */
  changedFrom = 0;

  /** Writes `text`; a sequence cut at its end waits for the rest. */
  feed(text: string): void {
    const whole = this._rest + text;
    const cut = UNFINISHED.exec(whole);
    this._rest = cut ? cut[0] : '';
    this.changedFrom = Math.max(0, Math.min(this._row, this.lines.length - 1));
    for (const [token] of whole.slice(0, whole.length - this._rest.length).matchAll(TOKENS)) {
      this._take(token);
    }
  }

  /** Forgets the first `count` lines. */
  drop(count: number): void {
    this.lines.splice(0, count);
    this._row = Math.max(0, this._row - count);
    this.changedFrom = 0;
  }

  private _take(token: string): void {
    const code = token.charCodeAt(0);
    if (code >= 0x20 && code !== 0x7f) {
      this._line().write(token, this._column, this._style);
      this._column += token.length;
    } else if (code === 0x1b) {
      this._escape(token);
    } else {
      this._control(code);
    }
  }

  private _control(code: number): void {
    if (code === 0x0a) {
      this._line();
      this._row += 1;
      this._column = 0;
    } else if (code === 0x0d) {
      this._column = 0;
    } else if (code === 0x08) {
      this._column = Math.max(0, this._column - 1);
    } else if (code === 0x09) {
      this._column += TAB - (this._column % TAB);
    }
  }

  private _escape(token: string): void {
    const found = /^\u001b\[([0-9;?]*)[ -/]*([@-~])$/.exec(token);
    if (!found) {
      return;
    }
    const values = (found[1] ?? '').split(';').map(value => Number(value) || 0);
    const first = values[0] ?? 0;
    switch (found[2]) {
      case 'm':
        this._style = styled(this._style, values);
        break;
      case 'A':
        this._row = Math.max(0, this.lines.length - REACH, this._row - Math.max(1, first));
        this.changedFrom = Math.min(this.changedFrom, this._row);
        break;
      case 'B':
        this._row = Math.min(this.lines.length - 1, this._row + Math.max(1, first));
        break;
      case 'C':
        this._column += Math.max(1, first);
        break;
      case 'D':
        this._column = Math.max(0, this._column - Math.max(1, first));
        break;
      case 'G':
        this._column = Math.max(0, first - 1);
        break;
      case 'K':
        this._erase(first);
        break;
    }
  }

  private _erase(what: number): void {
    const line = this._line();
    line.erase(what === 0 ? this._column : 0, what === 1 ? this._column : line.length);
  }

  private _line(): Line {
    while (this.lines.length <= this._row) {
      this.lines.push(new Line());
    }
    return this.lines[this._row] as Line;
  }

  private _row = 0;
  private _column = 0;
  private _style = PLAIN;
  private _rest = '';
}

function styled(style: IStyle, values: number[]): IStyle {
  let { color, bold, dim } = style;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value === 0) {
      [color, bold, dim] = [-1, false, false];
    } else if (value === 1) {
      bold = true;
    } else if (value === 2) {
      dim = true;
    } else if (value === 22) {
      [bold, dim] = [false, false];
    } else if (value === 38 || value === 48) {
      const indexed = values[at + 1] === 5;
      color = value === 38 ? (indexed ? near(values[at + 2] ?? 0) : -1) : color;
      at += indexed ? 2 : 4;
    } else {
      color = colorOf(value) ?? color;
    }
  }
  return { color, bold, dim };
}

function colorOf(value: number): number | null {
  if (value >= 30 && value <= 37) {
    return value - 30;
  }
  if (value >= 90 && value <= 97) {
    return value - 90 + 8;
  }
  return value === 39 ? -1 : null;
}

/** The palette's colour for one of 256: the first 16 as they are, the cube by its strongest parts. */
function near(index: number): number {
  if (index < 16) {
    return index;
  }
  if (index >= 232) {
    return -1;
  }
  const cube = index - 16;
  const parts = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
  return parts.reduce((sum, part, bit) => sum + (part >= 3 ? 1 << bit : 0), 0) || -1;
}
