/** The training form's rules. Covers: TRAIN-2, TRAIN-3, TRAIN-9, API-3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IEnvironment, IMe, IProject, ITask } from '../../../labextension/src/api/types';
import { usableProjects, usualProject } from '../../../labextension/src/catalogue/projects';
import { cores, gigabytes } from '../../../labextension/src/components/quantities';
import { makeTrans } from '../../../labextension/src/i18n/trans';
import {
  bodyOf,
  draftFrom,
  draftOf,
  fieldOf,
  firstOf,
  kept,
  mistakes,
  NO_DRAFT,
  NOTHING_OFFERED,
  ORDER,
  resolve
} from '../../../labextension/src/training/draft';
import { matches, NO_FILTERS } from '../../../labextension/src/training/tasks';
import chinese from '../../../labextension/locale/zh_CN.json';

const trans = makeTrans(chinese);
const mount = { kind: 'dataset', slot: 1, assetId: 'ds-1', versionId: 'ver-1' };
const environment = (id: string): IEnvironment =>
  ({ id, name: id, projectId: `prj-${id}`, mounts: [mount] }) as unknown as IEnvironment;
const RUNNING = [environment('env-1'), environment('env-2')];
const PICKED = [{ assetId: 'ds-9', versionId: 'ver-9' }];
const project = (id: string, workspaceId = 'ws-1'): IProject => ({ id, name: id, workspaceId }) as unknown as IProject;
const PROJECTS = [project('prj-new'), project('prj-old')];
const ME = { name: 'alice', lastProjectId: 'prj-old', workspaces: [{ id: 'ws-1' }] } as unknown as IMe;
const USUAL = { project: PROJECTS[1] ?? null, image: 'local', amounts: { cpuCores: 2, memory: 4 } };
const OFFERED = { ...NOTHING_OFFERED, projects: PROJECTS, usual: USUAL };
const TASK = {
  taskName: 'small',
  description: '',
  command: 'python t.py',
  datasets: [mount],
  models: [],
  launchMode: 'dynamic',
  mode: 'standalone',
  environmentId: null,
  projectId: 'prj-new',
  availabilityZone: 'az-bj-a',
  gpuType: null,
  gpuCount: 0,
  cpuCores: 1,
  memory: 2,
  image: 'local',
  priority: 'normal',
  retries: 2,
  retryOn: ['node'],
  maxDuration: 3600,
  roles: []
} as unknown as ITask;

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
  const draft = { ...NO_DRAFT, taskName: 'a', datasets: PICKED, launchMode: 'dynamic' as const };
  assert.deepEqual(mistakes(resolve(draft, RUNNING, null, OFFERED), trans), { availabilityZone: '请选择可用区' });
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

test('the project that is shown is the one that is sent', () => {
  const draft = { ...NO_DRAFT, launchMode: 'dynamic' as const };
  const shown = resolve(draft, [], null, OFFERED);
  assert.equal(shown.projectId, 'prj-old');
  assert.equal(bodyOf(shown).projectId, 'prj-old');
  // What was chosen is never another one, also where it is not offered (yet).
  const lost = resolve({ ...draft, projectId: 'prj-gone' }, [], null, OFFERED);
  assert.equal(bodyOf(lost).projectId, undefined);
  assert.equal(mistakes(lost, trans).projectId, '请选择项目');
});

test('one works in projects of own workspaces, first in the last one', () => {
  const seen = [project('prj-public', 'ws-9'), ...PROJECTS];
  assert.deepEqual(usableProjects(seen, ME), PROJECTS);
  assert.equal(usualProject(PROJECTS, ME)?.id, 'prj-old');
  assert.equal(usualProject(PROJECTS, { ...ME, lastProjectId: 'prj-gone' })?.id, 'prj-new');
  assert.equal(usualProject([], ME), null);
});

test('untouched amounts are those of the zone, those of a clone are its own', () => {
  const fresh = resolve(NO_DRAFT, [], null, OFFERED);
  assert.deepEqual([fresh.cpuCores, fresh.memory, fresh.image], [2, 4, 'local']);
  const cloned = resolve(draftOf(TASK), [], null, OFFERED);
  assert.deepEqual([cloned.cpuCores, cloned.memory], [1, 2]);
});

test('a clone keeps its time limit, and after what it is tried again', () => {
  const dynamic = bodyOf(resolve(draftOf(TASK), [], null, OFFERED));
  assert.deepEqual([dynamic.maxDuration, dynamic.retries, dynamic.retryOn], [3600, 2, ['node']]);
  const there = { ...draftOf(TASK), launchMode: 'existing' as const, environmentId: 'env-1' };
  const existing = bodyOf(resolve(there, RUNNING, null, OFFERED));
  assert.equal(existing.maxDuration, 3600);
  assert.equal('retryOn' in existing, false);
});

test('what others start and stop changes no form that was touched', () => {
  const dynamic = kept(NO_DRAFT, resolve(NO_DRAFT, [], null, OFFERED));
  assert.equal(resolve(dynamic, RUNNING, null, OFFERED).launchMode, 'dynamic');
  const first = kept(NO_DRAFT, resolve(NO_DRAFT, RUNNING, null, OFFERED));
  const later = resolve(first, [environment('env-0'), ...RUNNING], null, OFFERED);
  assert.deepEqual([later.launchMode, later.environmentId], ['existing', 'env-1']);
  // Its environment restarts while the form is filled in for resources of its own.
  const meanwhile = kept(first, resolve(first, [], null, OFFERED));
  assert.equal(resolve(meanwhile, RUNNING, null, OFFERED).launchMode, 'dynamic');
  const cleared = { ...first, environmentId: '' };
  assert.equal(kept(cleared, resolve(cleared, RUNNING, null, OFFERED)).environmentId, '');
});

test('an emptied number is a mistake under its field, and no number anywhere', () => {
  const draft = { ...draftOf(TASK), cpuCores: NaN, gpuType: 'A100', gpuCount: NaN };
  const said = mistakes(resolve(draft, [], null, OFFERED), trans);
  assert.deepEqual(said, { cpuCores: '请输入大于 0 的数', gpuCount: '请输入整数' });
  assert.equal(firstOf(said), 'gpuCount');
  assert.deepEqual([cores(NaN, trans), gigabytes(NaN)], ['–', '–']);
});

test('a list searches the names of tasks alone, as the server does', () => {
  const task = { ...TASK, environmentName: 'resnet', projectName: 'resnet' };
  assert.equal(matches(task, { ...NO_FILTERS, q: 'resnet' }), false);
  assert.equal(matches(task, { ...NO_FILTERS, q: ' Small ' }), true);
});
