/** The log of a rank: it opens following, holds still when one scrolls up, searches, wraps and downloads. */
import {
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent
} from 'react';
import { Button, OutLink } from '../components/Button';
import { useGemini, useTrans } from '../components/context';
import { bytes, decimal } from '../components/quantities';
import { Skeleton } from '../components/Views';
import { LogLines } from './LogLines';
import { LogModel } from './model';
import { useSearch, type ISearch } from './search';

export const ROW = 18;

/** A line to bring into view; each time a new object. */
interface ITarget {
  line: number;
}

export interface ILogViewProps {
  taskId: string;
  role: string;
  rank: number;
  /** Whether the task has not begun to write: what to say meanwhile. */
  waiting?: string;
}

export function LogView(props: ILogViewProps): React.JSX.Element {
  const { api } = useGemini();
  const { taskId, role, rank } = props;
  const model = useMemo(() => new LogModel(api, taskId, { role, rank }), [api, taskId, role, rank]);
  useSyncExternalStore(model.subscribe, model.snapshot);
  const [wrap, setWrap] = useState(true);
  const [follow, setFollow] = useState(true);
  const [seen, setSeen] = useState(0);
  const [target, setTarget] = useState<ITarget | null>(null);
  const search = useSearch(model, line => {
    setFollow(false);
    setSeen(model.received);
    setTarget({ line });
  });
  const onFollow = useCallback(
    (on: boolean) => {
      setFollow(on);
      setSeen(model.received);
    },
    [model]
  );
  const came = follow ? 0 : model.received - seen;
  return (
    <div className="gm-log">
      <Toolbar
        model={model}
        search={search}
        wrap={wrap}
        follow={follow}
        onWrap={setWrap}
        onFollow={onFollow}
      />
      <Remarks model={model} />
      {model.state === 'opening' && <Skeleton rows={6} />}
      {model.terminal.lines.length === 0 && model.state !== 'opening' ? (
        <NoLines model={model} waiting={props.waiting} />
      ) : (
        <Scroll
          model={model}
          search={search}
          wrap={wrap}
          follow={follow}
          onFollow={onFollow}
          target={target}
        />
      )}
      <NewLines came={came} onFollow={() => onFollow(true)} />
    </div>
  );
}

function NewLines(props: { came: number; onFollow: () => void }): React.JSX.Element | null {
  const trans = useTrans();
  return props.came > 0 ? (
    <div className="gm-log-new" role="status">
      <Button icon="follow" onClick={props.onFollow}>
        {trans._n('%1 new line', '%1 new lines', props.came)}
      </Button>
    </div>
  ) : null;
}

function NoLines(props: { model: LogModel; waiting?: string }): React.JSX.Element {
  const trans = useTrans();
  const ended = props.model.state === 'ended';
  return (
    <p className="gm-log-none">
      {ended
        ? trans.__('It ended without writing a line.')
        : (props.waiting ?? trans.__('Nothing has been written yet.'))}
    </p>
  );
}

function Remarks(props: { model: LogModel }): React.JSX.Element | null {
  const trans = useTrans();
  const { model } = props;
  const said = [
    model.skipped > 0
      ? trans.__('%1 of the log are not shown here. Download it to read all.', bytes(model.skipped))
      : null,
    model.state === 'waiting' ? trans.__('The connection is lost; it is being made again.') : null
  ].filter(text => text !== null);
  return said.length > 0 ? <p className="gm-log-remark">{said.join(' ')}</p> : null;
}

interface IToolbarProps {
  model: LogModel;
  search: ISearch;
  wrap: boolean;
  follow: boolean;
  onWrap: (on: boolean) => void;
  onFollow: (on: boolean) => void;
}

function Toolbar(props: IToolbarProps): React.JSX.Element {
  const trans = useTrans();
  const { model, search } = props;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      event.preventDefault();
      search.step(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
      search.set('');
    }
  };
  return (
    <div className="gm-log-bar">
      <input
        className="gm-input"
        type="search"
        value={search.text}
        placeholder={trans.__('Search the log')}
        aria-label={trans.__('Search the log')}
        onChange={event => search.set(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {search.text && (
        <span className="gm-log-found" role="status">
          {search.found.length > 0
            ? trans.__('%1 of %2', search.at + 1, decimal(String(search.found.length), 0, 0))
            : trans.__('Not found')}
        </span>
      )}
      <span className="gm-spacer" />
      <span className="gm-log-count gm-number-text">
        {trans._n('%1 line', '%1 lines', model.terminal.lines.length)}
      </span>
      <Button
        kind="quiet"
        icon="follow"
        pressed={props.follow}
        label={trans.__('Follow the end')}
        onClick={() => props.onFollow(!props.follow)}
      />
      <Button
        kind="quiet"
        icon="wrap"
        pressed={props.wrap}
        label={trans.__('Wrap long lines')}
        onClick={() => props.onWrap(!props.wrap)}
      />
      <OutLink kind="quiet" icon="download" href={model.fileUrl} download>
        {trans.__('Download')}
      </OutLink>
    </div>
  );
}

interface IScrollProps {
  model: LogModel;
  search: ISearch;
  wrap: boolean;
  follow: boolean;
  onFollow: (on: boolean) => void;
  target: ITarget | null;
}

/** The visible part of the lines between two spacers, so that 100,000 of them cost as much as 50. */
function Scroll(props: IScrollProps): React.JSX.Element {
  const { model, follow, onFollow, target } = props;
  const trans = useTrans();
  const box = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const [view, setView] = useState({ top: 0, height: 600, columns: 80 });
  const rows = model.rows(props.wrap ? view.columns : 0);

  useLayoutEffect(() => watchSize(box.current, size => setView(before => ({ ...before, ...size }))), []);
  useLayoutEffect(() => {
    if (follow && box.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [follow, model.version, rows, view.height]);
  const gone = useRef(model.droppedRows);
  useLayoutEffect(() => {
    const rowsGone = model.droppedRows - gone.current;
    gone.current = model.droppedRows;
    if (rowsGone > 0 && !follow && box.current) {
      // What is read stays where it is. By where one was: the browser has moved already what lies beyond the end.
      box.current.scrollTop = lastTop.current - rowsGone * ROW;
      lastTop.current = box.current.scrollTop;
      setView(before => ({ ...before, top: lastTop.current }));
    }
  }, [follow, model, model.droppedRows]);
  useLayoutEffect(() => {
    if (target && box.current) {
      box.current.scrollTop = Math.max(0, rows.rowOf(target.line) * ROW - box.current.clientHeight / 3);
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each target: later one scrolls by oneself
  }, [target]);

  const onScroll = (): void => {
    const element = box.current;
    if (element) {
      const { scrollTop: top } = element;
      const atEnd = element.scrollHeight - top - element.clientHeight < ROW * 1.5;
      // Lines that come meanwhile move the end away: only who scrolls up wants to stay.
      const up = top < lastTop.current;
      lastTop.current = top;
      setView(before => ({ ...before, top }));
      if (atEnd !== follow && (atEnd || up)) {
        onFollow(atEnd);
      }
    }
  };
  const first = Math.max(0, rows.lineAt(Math.floor(view.top / ROW)) - 10);
  const last = Math.min(
    model.terminal.lines.length,
    rows.lineAt(Math.ceil((view.top + view.height) / ROW)) + 11
  );
  return (
    <div
      ref={box}
      className={props.wrap ? 'gm-log-scroll gm-log-wrapped' : 'gm-log-scroll'}
      role="log"
      aria-live="off"
      aria-label={trans.__('Log')}
      tabIndex={0}
      onScroll={onScroll}
    >
      <div style={{ blockSize: rows.rowOf(first) * ROW }} />
      <LogLines lines={model.terminal.lines} first={first} last={last} search={props.search} />
      <div style={{ blockSize: (rows.total - rows.rowOf(last)) * ROW }} />
    </div>
  );
}

/** Tells the height of `box` and how many columns of its font fit in. */
function watchSize(
  box: HTMLElement | null,
  tell: (size: { height: number; columns: number }) => void
): () => void {
  if (!box) {
    return () => undefined;
  }
  const observer = new ResizeObserver(() => {
    const style = getComputedStyle(box);
    const pen = document.createElement('canvas').getContext('2d');
    if (pen) {
      pen.font = `${style.fontSize} ${style.fontFamily}`;
      const room = box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      tell({
        height: box.clientHeight,
        columns: Math.max(20, Math.floor(room / pen.measureText('0').width))
      });
    }
  });
  observer.observe(box);
  return () => observer.disconnect();
}
