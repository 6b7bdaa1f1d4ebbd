/** Lists that stay true by events, and the stream that brings them. Covers: API-5. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStream, type IEvent } from '../../../labextension/src/api/events';
import type { IApi, IPage, Query } from '../../../labextension/src/api/request';
import { ListStore } from '../../../labextension/src/stores/list';

interface IRow {
  id: string;
  state: string;
  createdAt?: string;
}

class Socket {
  onmessage: (message: { data: string }) => void = () => undefined;
  onclose: () => void = () => undefined;
  close(): void {
    this.onclose();
  }
  say(event: IEvent): void {
    this.onmessage({ data: JSON.stringify(event) });
  }
}

/** The browser's own, as little of it as the stream needs; timers are let run by hand. */
const timers: (() => void)[] = [];
const page = {
  hidden: false,
  onChange: (): void => undefined,
  addEventListener: (_: string, listener: () => void): void => void (page.onChange = listener),
  removeEventListener: (): void => undefined
};
Object.assign(globalThis, {
  document: page,
  window: { setTimeout: (run: () => void) => timers.push(run), clearTimeout: (at: number) => (timers[at - 1] = () => undefined) }
});

class Server {
  sockets: { socket: Socket; query?: Query }[] = [];
  rows: IRow[] = [];
  asked = 0;
  away = false;

  readonly api = {
    stream: (_: string, query?: Query) => {
      const socket = new Socket();
      this.sockets.push({ socket, query });
      return socket;
    },
    list: (_: string, query: Query): Promise<IPage<IRow>> => {
      this.asked += 1;
      if (this.away) {
        return Promise.reject(new TypeError('network'));
      }
      assert.ok(Number(query.limit) <= 200, 'as many as the server gives at once');
      const from = Number(query.cursor ?? 0);
      const to = from + Number(query.limit);
      const next = to < this.rows.length ? String(to) : null;
      return Promise.resolve({ data: this.rows.slice(from, to), next, total: this.rows.length });
    }
  } as unknown as IApi;

  get last(): Socket {
    return (this.sockets.at(-1) as { socket: Socket }).socket;
  }
}

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
const ids = (store: ListStore<IRow>): string[] => store.snapshot().rows.map(row => row.id);

async function listed(server: Server, belongs?: (row: IRow) => boolean): Promise<ListStore<IRow>> {
  const events = new EventStream(server.api);
  const store = new ListStore<IRow>(server.api, events, { path: '/x', kind: 'x', limit: 2, belongs });
  store.subscribe(() => undefined);
  server.last.say({ kind: 'hello', cursor: 7 });
  await settle();
  return store;
}

test('pages, and rows that come, change and go', async () => {
  const server = new Server();
  server.rows = ['a', 'b', 'c'].map(id => ({ id, state: 'running' }));
  const store = await listed(server);
  assert.deepEqual(ids(store), ['a', 'b']);
  await store.more();
  assert.deepEqual(ids(store), ['a', 'b', 'c']);
  assert.equal(store.snapshot().more, false);
  const asked = server.asked;
  server.last.say({ cursor: 8, kind: 'x', id: 'n', change: 'created', data: { id: 'n', state: 'queued' } });
  server.last.say({ cursor: 9, kind: 'x', id: 'b', change: 'updated', data: { id: 'b', state: 'failed' } });
  server.last.say({ cursor: 10, kind: 'x', id: 'a', change: 'deleted' });
  server.last.say({ cursor: 11, kind: 'y', id: 'z', change: 'created', data: { id: 'z' } });
  assert.deepEqual(ids(store), ['n', 'b', 'c']);
  assert.equal(store.snapshot().rows[1]?.state, 'failed');
  assert.equal(store.snapshot().total, 3);
  assert.equal(server.asked, asked, 'nothing is polled');
});

test('what is heard while a page is on its way is not lost to it', async () => {
  const server = new Server();
  server.rows = ['a', 'b'].map(id => ({ id, state: 'running' }));
  const events = new EventStream(server.api);
  const store = new ListStore<IRow>(server.api, events, { path: '/x', kind: 'x', limit: 5 });
  store.subscribe(() => undefined);
  const news = (): void => {
    server.last.say({ cursor: 8, kind: 'x', id: 'n', change: 'created', data: { id: 'n', state: 'queued' } });
    server.last.say({ cursor: 9, kind: 'x', id: 'a', change: 'deleted' });
  };
  news();
  await settle();
  assert.deepEqual(ids(store), ['n', 'b'], 'the first page');
  void store.reload();
  news();
  await settle();
  assert.deepEqual(ids(store), ['n', 'b'], 'a page that is fetched again');
  await store.reload();
  assert.deepEqual(ids(store), ['a', 'b'], 'what was heard is said once');
});

test('a row that belongs no more goes', async () => {
  const server = new Server();
  server.rows = [{ id: 'a', state: 'running' }];
  const store = await listed(server, row => row.state === 'running');
  server.last.say({ cursor: 8, kind: 'x', id: 'a', change: 'updated', data: { id: 'a', state: 'stopped' } });
  server.last.say({ cursor: 9, kind: 'x', id: 'b', change: 'created', data: { id: 'b', state: 'stopped' } });
  assert.deepEqual(ids(store), []);
});

test('a cut stream resumes from its cursor; one too old fetches again', async () => {
  const server = new Server();
  server.rows = [{ id: 'a', state: 'running' }];
  const store = await listed(server);
  server.last.say({ cursor: 12, kind: 'x', id: 'a', change: 'updated', data: { id: 'a', state: 'failed' } });
  server.last.close();
  timers.at(-1)?.();
  assert.equal(server.sockets.length, 2);
  assert.equal(server.sockets[1]?.query?.cursor, 12);
  const asked = server.asked;
  server.last.say({ kind: 'hello', cursor: 12 });
  await settle();
  assert.equal(server.asked, asked);
  server.rows = [];
  server.last.say({ kind: 'reset' });
  await settle();
  assert.deepEqual(ids(store), []);
});

test('a hidden page lets its stream go, and takes it up again when it is seen', async () => {
  const server = new Server();
  await listed(server);
  page.hidden = true;
  page.onChange();
  timers.at(-1)?.();
  assert.equal(server.sockets.length, 1);
  page.hidden = false;
  page.onChange();
  assert.equal(server.sockets.length, 2);
});

/** The newest first, as the server lists them: `r1` is the oldest. */
function made(count: number): IRow[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `r${count - index}`,
    state: 'queued',
    createdAt: new Date((count - index) * 60_000).toISOString()
  }));
}

test('a change of a row that is not here yet changes no count and no order', async () => {
  const server = new Server();
  server.rows = made(3);
  const store = await listed(server);
  const changed = { ...server.rows[2], state: 'running' };
  server.last.say({ cursor: 8, kind: 'x', id: 'r1', change: 'updated', data: changed });
  assert.deepEqual(ids(store), ['r3', 'r2']);
  assert.equal(store.snapshot().total, 3);
});

test('a row comes in where the server would list it', async () => {
  const server = new Server();
  const [newest, middle, oldest] = made(3) as [IRow, IRow, IRow];
  server.rows = [newest];
  const store = await listed(server);
  server.last.say({ cursor: 8, kind: 'x', id: 'r1', change: 'updated', data: oldest });
  server.last.say({ cursor: 9, kind: 'x', id: 'r2', change: 'updated', data: middle });
  assert.deepEqual(ids(store), ['r3', 'r2', 'r1']);
  assert.equal(store.snapshot().total, 3);
});

test('a list that was read once stays when it cannot be read again', async () => {
  const server = new Server();
  const store = await listed(server);
  server.away = true;
  await store.reload();
  assert.equal(store.snapshot().state, 'ready');
  assert.notEqual(store.snapshot().error, null);
  server.away = false;
  await store.reload();
  assert.equal(store.snapshot().error, null);
});

test('a page that was asked for in the middle of a reload comes behind it', async () => {
  const server = new Server();
  server.rows = made(5);
  const store = await listed(server);
  const reloaded = store.reload();
  await store.more();
  await reloaded;
  await settle();
  assert.deepEqual(ids(store), ['r5', 'r4', 'r3', 'r2']);
});

test('a page that did not come is fetched as soon as the list can be read again, and not before', async () => {
  const server = new Server();
  server.rows = made(5);
  const store = await listed(server);
  server.away = true;
  const asked = server.asked;
  await store.more();
  await settle();
  assert.equal(server.asked, asked + 1);
  server.away = false;
  await store.reload();
  await settle();
  assert.deepEqual(ids(store), ['r5', 'r4', 'r3', 'r2']);
});

test('a long list is read again to where it was', async () => {
  const server = new Server();
  server.rows = made(450);
  const store = await listed(server);
  while (store.snapshot().more) {
    await store.more();
  }
  await store.reload();
  assert.equal(ids(store).length, 450);
});
