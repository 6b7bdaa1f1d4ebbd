/** A table of rows of one height that renders what is seen, and asks for more near its end. */
import {
  memo,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode
} from 'react';

const ROW = 40;
const OVERSCAN = 12;
/** So many rows before the end the next page is asked for. */
const AHEAD = 40;

export interface IColumn<T> {
  name: string;
  label: string;
  hideLabel?: boolean;
  /** A track of the grid. */
  width: string;
  /** The table's least width (px) at which the column is shown. */
  from?: number;
  /** Numbers stand at the end. */
  end?: boolean;
  cell: (row: T) => ReactNode;
}

export interface IVirtualTableProps<T> {
  label: string;
  rows: readonly T[];
  total: number;
  columns: readonly IColumn<T>[];
  onEnd?: () => void;
}

export function VirtualTable<T extends { id: string }>(props: IVirtualTableProps<T>): React.JSX.Element {
  const { rows, onEnd } = props;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800, width: 1200 });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    const observer = new ResizeObserver(() =>
      setView(before => ({ ...before, height: element.clientHeight, width: element.clientWidth }))
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(view.top / ROW) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / ROW) + OVERSCAN);
  const near = last > rows.length - AHEAD;
  useEffect(() => {
    if (near) {
      onEnd?.();
    }
  }, [near, onEnd, rows.length]);
  const columns = useMemo(
    () => props.columns.filter(column => view.width >= (column.from ?? 0)),
    [props.columns, view.width]
  );
  const style = { '--gm-columns': columns.map(column => column.width).join(' ') } as CSSProperties;
  return (
    <div
      className="gm-table-scroll"
      ref={box}
      onScroll={event => setView({ ...view, top: event.currentTarget.scrollTop })}
    >
      <div
        role="table"
        className="gm-table"
        aria-label={props.label}
        aria-rowcount={props.total + 1}
        style={style}
      >
        <div role="rowgroup" className="gm-table-head">
          <div role="row" className="gm-table-row" aria-rowindex={1}>
            {columns.map(column => (
              <div key={column.name} role="columnheader" className={column.end ? 'gm-end' : undefined}>
                <span className={column.hideLabel ? 'gm-hidden' : undefined}>{column.label}</span>
              </div>
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          style={{ blockSize: rows.length * ROW }}
          className="gm-table-body"
          onKeyDown={moveFocus}
        >
          {rows.slice(first, last).map((row, index) => (
            <Row key={row.id} row={row} at={first + index} columns={columns} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface IRowProps<T> {
  row: T;
  at: number;
  columns: readonly IColumn<T>[];
}

/** A row; scrolling renders only those that come into view. */
const Row = memo(RowView) as typeof RowView;

function RowView<T extends { id: string }>({ row, at, columns }: IRowProps<T>): React.JSX.Element {
  return (
    <div
      role="row"
      className="gm-table-row"
      data-id={row.id}
      aria-rowindex={at + 2}
      style={{ transform: `translateY(${at * ROW}px)` }}
    >
      {columns.map(column => (
        <div key={column.name} role="cell" className={column.end ? 'gm-end' : undefined}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

/** Up and down move between the links of rows. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) {
    return;
  }
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('.gm-row-link')];
  const row = document.activeElement?.closest('[role="row"]');
  const at = links.findIndex(link => link.closest('[role="row"]') === row);
  const next = links[at + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
