/** Numbers, times and texts as people read them; addresses of pages. Covers: ENV-8, BILL-8. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, cards, cost, pricePerHour } from '../../../labextension/src/components/quantities';
import { duration, secondsBetween } from '../../../labextension/src/components/times';
import { languageOf, makeTrans } from '../../../labextension/src/i18n/trans';
import { addressOf, routeOf } from '../../../labextension/src/pages/router';
import chinese from '../../../labextension/locale/zh_CN.json';

const english = makeTrans({});
const han = makeTrans(chinese);

test('durations', () => {
  const cases: [number, string, string][] = [
    [0, '0\u00a0s', '0秒'],
    [59, '59\u00a0s', '59秒'],
    [60, '1\u00a0min', '1分'],
    [3661, '1h 1\u00a0min', '1小时1分'],
    [86_400, '1d', '1天'],
    [5 * 86_400 + 3 * 3600 + 59, '5d 3h', '5天3小时']
  ];
  for (const [seconds, en, zh] of cases) {
    assert.equal(duration(seconds, 'en'), en);
    assert.equal(duration(seconds, 'zh-CN'), zh);
  }
});

test('a clock behind never shows less than nothing', () => {
  assert.equal(secondsBetween('2026-11-22T07:00:10Z', null, Date.parse('2026-11-22T07:00:00Z')), 0);
});

test('money', () => {
  assert.equal(pricePerHour('0.350000', han), '0.35 算力点/小时');
  assert.equal(pricePerHour('0.001250', english), '0.0013 points/h');
  assert.equal(cost('1234.567000', english), '1,234.57 points');
  assert.equal(cost('0.000001', english), '< 0.01 points');
  assert.equal(cost('0.000000', english), '0.00 points');
  assert.equal(cost('-3.000000', english), '-3.00 points');
});

test('sizes and cards', () => {
  assert.equal(bytes(0), '0\u00a0B');
  assert.equal(bytes(1023), '1,023\u00a0B');
  assert.equal(bytes(1536), '1.5\u00a0KB');
  assert.equal(bytes(5 * 2 ** 40), '5\u00a0TB');
  assert.equal(cards('A100', 2, english), '2x A100');
  assert.equal(cards(null, 0, han), '无 GPU');
});

test('texts', () => {
  assert.equal(english._n('%1 line', '%1 lines', 1), '1 line');
  assert.equal(english._n('%1 line', '%1 lines', 2), '2 lines');
  assert.equal(han._n('%1 line', '%1 lines', 1), '1 行');
  assert.equal(english.__('%1 of %2', '%2', 'x'), '%2 of x');
  assert.equal(languageOf('zh-Hans-CN'), 'zh-CN');
  assert.equal(languageOf('fr'), 'en');
});

test('addresses and back', () => {
  const base = '/services/gemini/';
  const back = (address: string): unknown => {
    const url = new URL(address, 'http://here');
    return routeOf(url.pathname.slice(base.length), url.searchParams);
  };
  assert.deepEqual(back(addressOf(base, { to: 'task', id: 'task-a/b' })), { page: 'task', id: 'task-a/b' });
  assert.deepEqual(back(addressOf(base, { to: 'asset', kind: 'model', id: 'md-1' })), {
    page: 'asset',
    kind: 'model',
    id: 'md-1'
  });
  const preset = { command: 'python a b.py', launchMode: 'existing' as const, environmentId: 'env-1' };
  const route = back(addressOf(base, { to: 'training-create', preset })) as { preset: typeof preset };
  assert.equal(route.preset.command, preset.command);
  assert.equal(route.preset.launchMode, 'existing');
  assert.deepEqual(back(`${base}nowhere/at/all`), { page: 'unknown' });
});
