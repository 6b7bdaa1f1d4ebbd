/** Lists that nothing tells the changes of, and the page's way to the platform. Covers: CAT-3, RES-5. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PageTransport } from '../../../labextension/src/api/page';
import type { IPage, Query } from '../../../labextension/src/api/request';
import { PageStore } from '../../../labextension/src/stores/pages';

/** A server of files by number whose answers can be held back. */
class Server {
  files: number[] = [];
  away = false;
  held: (() => void)[] | null = null;

  list<T>(_: string, query: Query = {}): Promise<IPage<T>> {
    assert.ok(Number(query.limit) <= 200, 'as many as the server gives at once');
    const from = this.files.findIndex(file => file > Number(query.cursor ?? -1));
    const data = from === -1 ? [] : this.files.slice(from, from + Number(query.limit));
    const next = data.length > 0 && data.at(-1) !== this.files.at(-1) ? String(data.at(-1)) : null;
    const page = { data: data as T[], next, total: this.files.length };
    if (this.away) {
      return Promise.reject(new TypeError('network'));
    }
    const { held } = this;
    return held ? new Promise(resolve => held.push(() => resolve(page))) : Promise.resolve(page);
  }
}

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

async function opened(server: Server, files: number): Promise<PageStore<number>> {
  server.files = Array.from({ length: files }, (_, index) => index);
  const store = new PageStore<number>(server, '/files');
  store.subscribe(() => undefined);
  await settle();
  return store;
}

test('what was shown is shown again after a change', async () => {
  const server = new Server();
  const store = await opened(server, 250);
  assert.equal(store.snapshot().data?.length, 200);
  assert.equal(store.snapshot().more, true);
  await store.more();
  assert.equal(store.snapshot().data?.length, 250);
  server.files = server.files.filter(file => file !== 240);
  await store.reload();
  assert.equal(store.snapshot().data?.length, 249);
  assert.equal(store.snapshot().total, 249);
  assert.equal(store.snapshot().more, false);
});

test('of two answers the later question counts', async () => {
  const server = new Server();
  const store = await opened(server, 3);
  server.held = [];
  void store.reload();
  server.files = [0, 1];
  void store.reload();
  const [first, second] = server.held as [() => void, () => void];
  second();
  await settle();
  first();
  await settle();
  assert.deepEqual(store.snapshot().data, [0, 1]);
});

test('what cannot be read again stays, with the reason beside it', async () => {
  const server = new Server();
  const store = await opened(server, 3);
  server.away = true;
  await store.reload();
  assert.equal(store.snapshot().data?.length, 3);
  assert.notEqual(store.snapshot().error, null);
});

test('who is signed in no more is led to the sign-in, also behind a fragment of the address', async () => {
  let loads = 0;
  const location = {
    href: 'http://127.0.0.1/services/gemini/#gm-main',
    // As a browser does it: a fragment leads to where the page is already.
    assign: (address: string) => void (loads += address.includes('#') ? 0 : 1),
    reload: () => void (loads += 1)
  };
  Object.assign(globalThis, {
    window: { location },
    document: { cookie: '' },
    fetch: () => Promise.resolve(new Response(null, { status: 401 }))
  });
  await new PageTransport('/services/gemini/api/v1', () => 'en').send('/x', {});
  assert.equal(loads, 1);
});
