/** The training form's rules. Covers: TRAIN-2, TRAIN-3, API-3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IEnvironment } from '../../../labextension/src/api/types';
import { makeTrans } from '../../../labextension/src/i18n/trans';
import {
  bodyOf,
  draftFrom,
  fieldOf,
  mistakes,
  NO_DRAFT,
  ORDER,
  resolve
} from '../../../labextension/src/training/draft';
import chinese from '../../../labextension/locale/zh_CN.json';

const trans = makeTrans(chinese);
const mount = { kind: 'dataset', slot: 1, assetId: 'ds-1', versionId: 'ver-1' };
const environment = (id: string): IEnvironment =>
  ({ id, name: id, projectId: `prj-${id}`, mounts: [mount] }) as unknown as IEnvironment;
const RUNNING = [environment('env-1'), environment('env-2')];
const PICKED = [{ assetId: 'ds-9', versionId: 'ver-9' }];

test('none running: dynamic, whatever was chosen', () => {
  const draft = resolve({ ...NO_DRAFT, launchMode: 'existing', environmentId: 'env-1' }, [], null);
  assert.equal(draft.launchMode, 'dynamic');
  assert.equal(draft.environmentId, '');
});

test('the first is preselected, in Lab its own', () => {
  assert.equal(resolve(NO_DRAFT, RUNNING, null).environmentId, 'env-1');
  assert.equal(resolve(NO_DRAFT, RUNNING, 'env-2').environmentId, 'env-2');
  assert.equal(resolve(NO_DRAFT, RUNNING, 'env-gone').environmentId, 'env-1');
});

test('cleared stays cleared, also when the list changes', () => {
  const cleared = { ...NO_DRAFT, environmentId: '' };
  assert.equal(resolve(cleared, RUNNING, 'env-2').environmentId, '');
  assert.equal(resolve(cleared, [...RUNNING, environment('env-3')], 'env-2').environmentId, '');
});

test('what a chosen environment mounts is offered until something is chosen', () => {
  assert.deepEqual(resolve(NO_DRAFT, RUNNING, null).datasets, [{ assetId: 'ds-1', versionId: 'ver-1' }]);
  assert.deepEqual(resolve({ ...NO_DRAFT, datasets: PICKED }, RUNNING, null).datasets, PICKED);
});

test('mistakes in the order of the form, in its words', () => {
  const empty = resolve({ ...NO_DRAFT, taskName: '  ', datasets: [], environmentId: '' }, RUNNING, null);
  const said = mistakes(empty, trans);
  assert.deepEqual(
    ORDER.map(field => said[field]).filter(Boolean),
    ['请输入任务名称', '请选择数据集', '请选择开发环境']
  );
  const dynamic = resolve({ ...NO_DRAFT, taskName: 'a', datasets: PICKED, launchMode: 'dynamic' }, RUNNING, null);
  assert.deepEqual(mistakes(dynamic, trans), { availabilityZone: '请选择可用区' });
});

test('the bodies of the API', () => {
  const existing = resolve({ ...NO_DRAFT, taskName: ' a ', datasets: PICKED }, RUNNING, null);
  assert.deepEqual(bodyOf(existing), {
    taskName: 'a',
    description: '',
    datasetId: 'ds-9',
    datasetVersionId: 'ver-9',
    modelId: null,
    launchMode: 'existing',
    environmentId: 'env-1'
  });
  const dynamic = { ...NO_DRAFT, taskName: 'a', datasets: PICKED, launchMode: 'dynamic' as const, zone: 'az-bj-a' };
  const asked = { gpuType: 'A100', gpuCount: 4, cpuCores: 8, memory: 64, image: 'local', command: ' python t.py ' };
  const body = bodyOf(resolve({ ...dynamic, ...asked }, RUNNING, null));
  assert.deepEqual(body.resourceConfig, {
    availabilityZone: 'az-bj-a',
    gpuType: 'A100',
    gpuCount: 4,
    cpuCores: 8,
    memory: 64,
    image: 'local'
  });
  assert.equal(body.command, 'python t.py');
  assert.equal('environmentId' in body, false);
});

test('no card of no type', () => {
  const draft = { ...NO_DRAFT, launchMode: 'dynamic' as const, zone: 'az-bj-a', gpuType: '', gpuCount: 3 };
  assert.equal(bodyOf(resolve(draft, [], null)).resourceConfig?.gpuCount, 0);
});

test('from a file of Lab: name and command', () => {
  const draft = draftFrom({ script: 'my code/train digits.py' });
  assert.equal(draft.taskName, 'train digits');
  assert.equal(draft.command, "python 'my code/train digits.py'");
  assert.equal(draftFrom({ script: 'train.py' }).command, 'python train.py');
  assert.equal(draftFrom({ script: "a'b.py" }).command, `python 'a'\\''b.py'`);
});

test('fields of the wire', () => {
  assert.equal(fieldOf('resourceConfig.availabilityZone'), 'availabilityZone');
  assert.equal(fieldOf('datasetVersionId'), 'datasetId');
  assert.equal(fieldOf(null), null);
});
