/** A task's log as it arrives: its newest part first, then everything that comes; resumed where it was cut. */
import type { IApi } from '../api/request';
import { path } from '../api/request';
import type { ILogChunk } from '../api/types';
import { Terminal } from './ansi';
import { Rows } from './rows';

/** More than this is not fetched at once: the end of a log is what one opens it for. */
const OPENING = 4 * 2 ** 20;
/** Lines kept; the oldest go first. The whole is there to download. */
export const MOST_LINES = 200_000;
const BATCH = 20_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

interface IStreamed {
  offset?: number;
  next?: number;
  text?: string;
  end?: boolean;
  dropped?: number;
}

export type LogState = 'opening' | 'live' | 'ended' | 'waiting';

export class LogModel {
  readonly terminal = new Terminal();
  state: LogState = 'opening';
  /** Grows with every change; views render again by it. */
  version = 0;
  /** Lines that came in all, those no longer kept among them. */
  received = 0;
  /** Rows that lines no longer kept took where they were shown last: so far what holds still moves up. */
  droppedRows = 0;
  /** Bytes of the log that are not shown: before what was opened, and skipped by the server. */
  skipped = 0;

  constructor(
    private readonly _api: IApi,
    private readonly _taskId: string,
    private readonly _rank: { role: string; rank: number }
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    if (this._listeners.size === 1) {
      this._disposed = false;
      void this._start();
    }
    return () => {
      this._listeners.delete(listener);
      if (this._listeners.size === 0) {
        this._stop();
      }
    };
  };

  readonly snapshot = (): number => this.version;

  /** Lines that are no longer kept. */
  get dropped(): number {
    return this.received - this.terminal.lines.length;
  }

  /** The rows that the lines take at `columns` (0: unwrapped); only what changed is measured again. */
  rows(columns: number): Rows {
    if (this._rows.columns !== columns) {
      this._rows = new Rows(columns);
      this._unmeasured = 0;
    }
    this._rows.measure(this.terminal.lines, this._unmeasured);
    this._unmeasured = this.terminal.lines.length;
    return this._rows;
  }

  /** Where the whole log can be downloaded. */
  get fileUrl(): string {
    return this._api.url(`${path('training-tasks', this._taskId)}/log/file`, { ...this._rank });
  }

  private async _start(): Promise<void> {
    if (this._next === null) {
      try {
        const where = `${path('training-tasks', this._taskId)}/log`;
        const head = await this._api.get<ILogChunk>(where, { ...this._rank, offset: 0, limit: 1 });
        this._next = Math.max(0, head.size - OPENING);
        this.skipped = this._next;
      } catch {
        this._later();
        return;
      }
    }
    this._connect();
  }

  private _connect(): void {
    if (this._disposed || this.state === 'ended') {
      return;
    }
    const query = { ...this._rank, offset: this._next ?? 0 };
    const socket = this._api.stream(`${path('training-tasks', this._taskId)}/log/stream`, query);
    this._socket = socket;
    socket.onopen = () => {
      this._wait = FIRST_WAIT;
      this._turn('live');
    };
    socket.onmessage = message => this._onMessage(JSON.parse(String(message.data)) as IStreamed);
    socket.onclose = () => {
      if (this._socket === socket && this.state !== 'ended') {
        this._later();
      }
    };
  }

  private _onMessage(message: IStreamed): void {
    if (message.text !== undefined) {
      this._next = message.next ?? null;
      this._pending.push(message.text);
      this._frame ??= window.setTimeout(() => this._flush(), 50);
    } else if (message.dropped) {
      this.skipped += message.dropped;
      this._pending.push(`\n`);
    } else if (message.end) {
      this._flush();
      this._turn('ended');
      this._socket?.close();
    }
  }

  /** Writes what came since the last frame, so that a fast log renders as often as a slow one. */
  private _flush(): void {
    window.clearTimeout(this._frame);
    this._frame = undefined;
    const before = this.terminal.lines.length;
    this.terminal.feed(this._pending.join(''));
    this._pending = [];
    this._unmeasured = Math.min(this._unmeasured, this.terminal.changedFrom);
    this.received += this.terminal.lines.length - before;
    const surplus = this.terminal.lines.length - MOST_LINES;
    if (surplus > BATCH) {
      this.droppedRows += this._rows.rowOf(surplus);
      this.terminal.drop(surplus);
      this._unmeasured = 0;
    }
    this._changed();
  }

  private _later(): void {
    if (this._disposed) {
      return;
    }
    this._turn('waiting');
    this._retry = window.setTimeout(() => void this._start(), this._wait);
    this._wait = Math.min(this._wait * 2, LONGEST_WAIT);
  }

  private _stop(): void {
    this._disposed = true;
    window.clearTimeout(this._retry);
    const socket = this._socket;
    this._socket = undefined;
    socket?.close();
  }

  private _turn(state: LogState): void {
    this.state = state;
    this._changed();
  }

  private _changed(): void {
    this.version += 1;
    this._listeners.forEach(listener => listener());
  }

  private readonly _listeners = new Set<() => void>();
  private _rows = new Rows(0);
  private _unmeasured = 0;
  private _pending: string[] = [];
  private _socket: WebSocket | undefined;
  private _next: number | null = null;
  private _frame: number | undefined;
  private _retry: number | undefined;
  private _wait = FIRST_WAIT;
  private _disposed = false;
}
