/** Amounts that operators put in: exact, and nothing is guessed of what was typed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plus, points, readAmount } from '../../../labextension/src/admin/points';
import { makeTrans } from '../../../labextension/src/i18n/trans';

const trans = makeTrans({});

test('an amount is taken as it is typed or not at all (BILL-7)', () => {
  assert.equal(readAmount(' 250.5 '), '250.5');
  assert.equal(readAmount('0.000001'), '0.000001');
  for (const wrong of ['', '0', '0.0', '-5', '1,5', '1.1234567', '1e3', '１２', '.5', '9999999999999']) {
    assert.equal(readAmount(wrong), null, wrong);
  }
});

test('sums are exact to the last digit (BILL-9)', () => {
  assert.equal(plus('999.996667', '250.5'), '1250.496667');
  assert.equal(plus('0.1', '0.2'), '0.300000');
  assert.equal(plus('-3.000001', '1'), '-2.000001');
  assert.equal(plus('9007199254740993.000001', '1'), '9007199254740994.000001');
});

test('every digit that says something is shown', () => {
  assert.equal(points('1200.000000', trans), '1,200.00 points');
  assert.equal(points('0.003333', trans), '0.003333 points');
});
