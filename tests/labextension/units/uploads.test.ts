/** Files that are sent a few at a time. Covers: CAT-3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IUpload } from '../../../labextension/src/api/page';
import { UploadQueue, type Sender } from '../../../labextension/src/pages/uploading';

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
const files = (...names: string[]): File[] => names.map(name => new File(['text'], name));
const names = (queue: UploadQueue): string[] => queue.snapshot().map(item => item.name);

/** A platform that takes a file when it is told to. */
class Platform {
  readonly coming = new Map<string, { watch: IUpload; take: () => void; refuse: (why: Error) => void }>();

  readonly send: Sender = (file, watch) =>
    new Promise((take, refuse) => {
      this.coming.set(file.name, { watch, take, refuse });
      watch.signal.addEventListener('abort', () => refuse(new DOMException('cancelled', 'AbortError')));
    });
}

test('files that are added later come behind those on their way, and all are given up at once', async () => {
  const platform = new Platform();
  const queue = new UploadQueue();
  const first = queue.add(files('a', 'b'), platform.send);
  const second = queue.add(files('c', 'd'), platform.send);
  await settle();
  assert.deepEqual(names(queue), ['a', 'b', 'c', 'd']);
  assert.deepEqual([...platform.coming.keys()], ['a', 'b', 'c'], 'three at a time');
  platform.coming.get('a')?.take();
  await settle();
  assert.deepEqual(names(queue), ['b', 'c', 'd']);
  assert.ok(platform.coming.has('d'));
  queue.cancel();
  await Promise.all([first, second]);
  assert.deepEqual(names(queue), []);
  assert.ok([...platform.coming].every(([name, { watch }]) => name === 'a' || watch.signal.aborted));
  void queue.add(files('e'), platform.send);
  await settle();
  assert.equal(platform.coming.get('e')?.watch.signal.aborted, false, 'what comes later is sent');
});

test('what failed is said until it is sent again, or others are', async () => {
  const platform = new Platform();
  const queue = new UploadQueue();
  const adding = queue.add(files('a', 'b'), platform.send);
  await settle();
  platform.coming.get('a')?.refuse(new TypeError('network'));
  await settle();
  assert.notEqual(queue.snapshot()[0]?.error, null);
  assert.equal(queue.open, 1);
  void queue.add(files('c'), platform.send);
  assert.deepEqual(names(queue), ['a', 'b', 'c'], 'one is on its way: nothing is taken off the list');
  void queue.add(files('a'), platform.send);
  assert.deepEqual(names(queue), ['b', 'c', 'a']);
  await settle();
  ['b', 'c', 'a'].forEach(name => platform.coming.get(name)?.take());
  await adding;
  await settle();
  assert.deepEqual(names(queue), []);
});
