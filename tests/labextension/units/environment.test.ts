/** What the form of an environment sends when it changes one: what was changed, and nothing else. Covers: ENV-3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf, environmentChange, filledIn, freeName, NO_ENVIRONMENT } from '../../../labextension/src/environment/draft';
import type { IEnvironment, IProject } from '../../../labextension/src/api/types';

const MADE = {
  name: 'vision',
  projectId: 'prj-1',
  image: 'local',
  specificationId: null,
  tags: ['a', 'b'],
  mounts: [
    { kind: 'dataset', slot: 2, assetId: 'ds-2', versionId: 'ver-2' },
    { kind: 'model', slot: 1, assetId: 'md-1', versionId: 'ver-3' },
    { kind: 'dataset', slot: 1, assetId: 'ds-1', versionId: 'ver-1' }
  ]
} as unknown as IEnvironment;

test('nothing changed sends nothing', () => {
  const draft = draftOf(MADE);
  assert.deepEqual(draft.datasets, [
    { assetId: 'ds-1', versionId: 'ver-1' },
    { assetId: 'ds-2', versionId: 'ver-2' }
  ]);
  assert.deepEqual(environmentChange(draft, { ...draft, tags: 'a, b' }), {});
});

test('only what was changed is sent', () => {
  const draft = draftOf(MADE);
  const changed = { ...draft, name: ' vision 2 ', models: [], specificationId: 'local-b1' };
  assert.deepEqual(environmentChange(draft, changed), {
    name: 'vision 2',
    models: [],
    specificationId: 'local-b1'
  });
});

test('a name that is taken gets the next number', () => {
  assert.equal(freeName('digits', []), 'digits');
  assert.equal(freeName('digits', ['digits', 'digits 2', 'other']), 'digits 3');
  assert.ok(freeName('x'.repeat(64), ['x'.repeat(64)]).length <= 64);
});

test('a project that was just made is not another one until it is offered', () => {
  const offered = [{ id: 'prj-1' }] as unknown as IProject[];
  assert.equal(filledIn(NO_ENVIRONMENT, offered, [], []).projectId, 'prj-1');
  assert.equal(filledIn({ ...NO_ENVIRONMENT, projectId: 'prj-2' }, offered, [], []).projectId, '');
});
