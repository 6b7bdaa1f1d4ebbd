/** Cost between two events: from when it was told, by a clock that stands still while nobody looks. Covers: BILL-8. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hear, heardAt, nowBy, subscribe } from '../../../labextension/src/components/clock';
import { costLater, type IPriced } from '../../../labextension/src/components/money';

const MINUTE = 60_000;

const heard = new Map<string, () => void>();
const page = {
  hidden: false,
  addEventListener: (kind: string, listener: () => void): unknown => heard.set(kind, listener),
  removeEventListener: (kind: string): unknown => heard.delete(kind)
};
Object.assign(globalThis, { document: page, window: { setInterval: () => 1, clearInterval: () => undefined } });

/** Runs `body` at a moment that it can move. */
function atTime(body: (move: (later: number) => void) => void): void {
  const real = Date.now;
  let now = real();
  Date.now = () => now;
  try {
    body(later => (now += later));
  } finally {
    Date.now = real;
  }
}

test('a clock that nobody looked at shows the time as soon as somebody does', () => {
  atTime(move => {
    subscribe(() => undefined)();
    move(10 * MINUTE);
    const end = subscribe(() => undefined);
    assert.ok(Date.now() - nowBy(1) < 1000);
    page.hidden = true;
    move(10 * MINUTE);
    heard.get('visibilitychange')?.();
    assert.ok(Date.now() - nowBy(1) >= 10 * MINUTE, 'it stands still while the page is hidden');
    page.hidden = false;
    heard.get('visibilitychange')?.();
    assert.ok(Date.now() - nowBy(1) < 1000);
    end();
    assert.equal(heard.size, 0);
  });
});

test('a cost counts from when it was heard, whoever shows it and since when', () => {
  atTime(move => {
    const row = hear({ cost: '1.000000' });
    const told = Date.now();
    move(5 * MINUTE);
    assert.equal(heardAt(row), told);
    assert.equal(heardAt(hear(row)), told);
    assert.equal(heardAt({ cost: '2.000000' }), Date.now());
  });
});

test('each whole minute adds a sixtieth, in what is charged alone', () => {
  const cases: [IPriced['state'], string, number, string][] = [
    ['running', '1.000000', 0, '1.000000'],
    ['running', '1.000000', 59_999, '1.000000'],
    ['running', '1.000000', 2 * MINUTE, '3'],
    ['running', '0.000000', MINUTE, '1'],
    ['running', '1.000000', -MINUTE, '1.000000'],
    ['queued', '0.000000', 120 * MINUTE, '0.000000'],
    ['stopped', '1.000000', 120 * MINUTE, '1.000000'],
    // Admitted, and still without a node: nothing is charged yet.
    ['allocating', '0.000000', 5 * MINUTE, '0.000000'],
    ['starting', '0.000000', 5 * MINUTE, '0.000000'],
    ['starting', '1.000000', MINUTE, '2']
  ];
  for (const [state, cost, later, expected] of cases) {
    assert.equal(costLater({ state, cost, pricePerHour: '60.000000' }, later), expected, `${state} ${cost}`);
  }
});
