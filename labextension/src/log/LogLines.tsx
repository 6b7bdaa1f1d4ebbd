/** Lines of a log as text nodes: colours of the terminal, levels, and what the search found. */
import type { IRun, Line } from './ansi';
import { levelOf } from './levels';
import type { ISearch } from './search';

export interface ILogLinesProps {
  lines: readonly Line[];
  first: number;
  last: number;
  search: ISearch;
}

export function LogLines(props: ILogLinesProps): React.JSX.Element {
  const { lines, first, last, search } = props;
  return (
    <>
      {lines.slice(first, last).map((line, index) => (
        <LogLine
          key={first + index}
          line={line}
          wanted={search.text}
          current={search.found[search.at] === first + index}
        />
      ))}
    </>
  );
}

function LogLine(props: { line: Line; wanted: string; current: boolean }): React.JSX.Element {
  const { line, wanted, current } = props;
  const level = levelOf(line.text);
  return (
    <div className={`gm-log-line${level ? ` gm-log-${level}` : ''}${current ? ' gm-log-current' : ''}`}>
      {line.runs.map((run, index) => (
        <span key={index} className={classOf(run)}>
          {wanted ? marked(run.text, wanted) : run.text}
        </span>
      ))}
      {'\n'}
    </div>
  );
}

function classOf(run: IRun): string | undefined {
  const { color, bold, dim } = run.style;
  const names = [
    color >= 0 ? `gm-ansi-${color % 8}` : '',
    bold ? 'gm-ansi-bold' : '',
    dim ? 'gm-ansi-dim' : ''
  ];
  return names.filter(Boolean).join(' ') || undefined;
}

function marked(text: string, wanted: string): React.ReactNode[] {
  const parts: React.ReactNode[] = [];
  const lower = text.toLowerCase();
  const sought = wanted.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(sought); at !== -1; at = lower.indexOf(sought, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + sought.length)}</mark>);
    from = at + sought.length;
  }
  return [...parts, text.slice(from)];
}
