/** How our components call the API: the pages and Lab each bring their own implementation. */
import { errorFrom } from './errors';

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface IPostOptions {
  /** Repeat with the same key what must not happen twice. A fresh one is made where none is given. */
  idempotencyKey?: string;
}

export interface IPage<T> {
  data: T[];
  next: string | null;
  total: number;
}

export interface IApi {
  get: <T>(path: string, query?: Query) => Promise<T>;
  /** A list with its `page`: what `get` leaves out. */
  list: <T>(path: string, query?: Query) => Promise<IPage<T>>;
  post: <T>(path: string, body: unknown, options?: IPostOptions) => Promise<T>;
  put: <T>(path: string, body: unknown) => Promise<T>;
  patch: <T>(path: string, body: unknown) => Promise<T>;
  del: <T>(path: string) => Promise<T>;
  /** A WebSocket to `path` of the API. */
  stream: (path: string, query?: Query) => WebSocket;
  /** The address of `path`, for links that download. */
  url: (path: string, query?: Query) => string;
}

/** What an implementation has to bring: one HTTP exchange, and where the API lives. */
export interface ITransport {
  /** Root of the API, e.g. `/services/gemini/api/v1`, without a slash at its end. */
  readonly base: string;
  send: (url: string, init: RequestInit) => Promise<Response>;
  socket: (url: string) => WebSocket;
  language: () => string;
}

interface IEnvelope {
  data: unknown;
  page?: { next: string | null; total: number };
}

/** The API over any transport: envelopes, errors, languages and idempotency keys are the same everywhere. */
export class Api implements IApi {
  constructor(private readonly _transport: ITransport) {}

  async get<T>(path: string, query: Query = {}): Promise<T> {
    return (await this._call('GET', this.url(path, query))).data as T;
  }

  async list<T>(path: string, query: Query = {}): Promise<IPage<T>> {
    const { data, page } = await this._call('GET', this.url(path, query));
    const rows = data as T[];
    return { data: rows, next: page?.next ?? null, total: page?.total ?? rows.length };
  }

  async post<T>(path: string, body: unknown, options: IPostOptions = {}): Promise<T> {
    const headers = { 'Idempotency-Key': options.idempotencyKey ?? newKey() };
    return (await this._call('POST', this.url(path), body, headers)).data as T;
  }

  async put<T>(path: string, body: unknown): Promise<T> {
    return (await this._call('PUT', this.url(path), body)).data as T;
  }

  async patch<T>(path: string, body: unknown): Promise<T> {
    return (await this._call('PATCH', this.url(path), body)).data as T;
  }

  async del<T>(path: string): Promise<T> {
    return (await this._call('DELETE', this.url(path))).data as T;
  }

  stream(path: string, query: Query = {}): WebSocket {
    return this._transport.socket(this.url(path, query).replace(/^http/, 'ws'));
  }

  url(path: string, query: Query = {}): string {
    const found = Object.entries(query).filter(
      ([, value]) => value !== undefined && value !== null && value !== ''
    );
    const search = new URLSearchParams(found.map(([key, value]) => [key, String(value)])).toString();
    const root = new URL(this._transport.base + path, window.location.origin).href;
    return search ? `${root}?${search}` : root;
  }

  private async _call(
    method: string,
    url: string,
    body?: unknown,
    more: Record<string, string> = {}
  ): Promise<IEnvelope> {
    const raw = body instanceof Blob;
    const headers: Record<string, string> = { 'Accept-Language': this._transport.language(), ...more };
    if (body !== undefined) {
      headers['Content-Type'] = raw ? 'application/octet-stream' : 'application/json';
    }
    const payload = body === undefined ? undefined : raw ? body : JSON.stringify(body);
    const response = await this._transport.send(url, { method, headers, body: payload });
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) {
      throw errorFrom(response.status, answer, response.headers.get('X-Request-Id'));
    }
    return answer as IEnvelope;
  }
}

/** A key that no other request carries. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte =>
    byte.toString(16).padStart(2, '0')
  ).join('');
}

/** Path segments of ours, each escaped: `path('training-tasks', id)`. */
export function path(...segments: string[]): string {
  return segments.map(segment => `/${encodeURIComponent(segment)}`).join('');
}
