/** Addresses and cookies that nobody of us wrote leave the pages whole. Covers: ENV-4. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookie } from '../../../labextension/src/api/page';
import { routeOf } from '../../../labextension/src/pages/router';

const NOTHING = new URLSearchParams();

test('an address that cannot be read is no page', () => {
  assert.deepEqual(routeOf('datasets/%zz', NOTHING), { page: 'unknown' });
  assert.deepEqual(routeOf('datasets/ds%2D1', NOTHING), {
    page: 'asset',
    kind: 'dataset',
    id: 'ds-1'
  });
});

test('a cookie that cannot be read is none', () => {
  Object.assign(globalThis, {
    document: { cookie: 'gemini-language=%zz; _xsrf=a%7Cb' }
  });
  assert.equal(cookie('gemini-language'), '');
  assert.equal(cookie('_xsrf'), 'a|b');
  assert.equal(cookie('none'), '');
});
