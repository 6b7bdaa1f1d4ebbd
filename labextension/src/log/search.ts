/** Which lines of a log hold a text, and the one that is looked at. */
import { useMemo, useState } from 'react';
import { useSettled } from '../components/clock';
import type { LogModel } from './model';

export interface ISearch {
  text: string;
  /** Indices of the lines that hold it. */
  found: readonly number[];
  /** Which of `found` is looked at. */
  at: number;
  set: (text: string) => void;
  /** To the next (1) or the one before (-1). */
  step: (by: number) => void;
}

export function useSearch(model: LogModel, show: (line: number) => void): ISearch {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const settled = useSettled(text, 120);
  const { version } = model;
  const found = useMemo(
    () => (settled ? linesWith(model, settled) : []),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the model's lines change with its version
    [model, settled, version]
  );
  const go = (index: number): void => {
    const line = found[index];
    if (line !== undefined) {
      setAt(index);
      show(line);
    }
  };
  return {
    text,
    found,
    at: Math.min(at, Math.max(0, found.length - 1)),
    set: wanted => {
      setText(wanted);
      setAt(0);
    },
    step: by => go((at + by + found.length) % Math.max(1, found.length))
  };
}

function linesWith(model: LogModel, text: string): number[] {
  const wanted = text.toLowerCase();
  const found: number[] = [];
  model.terminal.lines.forEach((line, index) => {
    if (line.text.toLowerCase().includes(wanted)) {
      found.push(index);
    }
  });
  return found;
}
