/** A log as a terminal shows it. Covers: TRAIN-8. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IApi } from '../../../labextension/src/api/request';
import { Terminal } from '../../../labextension/src/log/ansi';
import { levelOf } from '../../../labextension/src/log/levels';
import { LogModel, MOST_LINES } from '../../../labextension/src/log/model';
import { Rows } from '../../../labextension/src/log/rows';
import { stepped } from '../../../labextension/src/log/search';

function shown(...pieces: string[]): string[] {
  const terminal = new Terminal();
  pieces.forEach(piece => terminal.feed(piece));
  return terminal.lines.map(line => line.text);
}

const CASES: [string, string[], string[]][] = [
  ['plain lines', ['one\ntwo\n'], ['one', 'two']],
  ['a line in two pieces', ['on', 'e\n'], ['one']],
  ['windows line ends', ['one\r\ntwo\r\n'], ['one', 'two']],
  ['a progress bar', ['  1%|#   |', '\r 50%|##  |', '\r100%|####|\ndone'], ['100%|####|', 'done']],
  ['a shorter text over a longer one', ['abcdef\rXY'], ['XYcdef']],
  ['erased to its end', ['abcdef\rXY\u001b[K'], ['XY']],
  ['erased whole', ['abc\u001b[2K\rX'], ['X']],
  ['two bars at once', ['a 1\nb 1\n\u001b[A\u001b[Ab\r', 'a 2\nb 2\n'], ['a 2', 'b 2']],
  ['backspace', ['ab\bc'], ['ac']],
  ['tabs', ['a\tb'], ['a       b']],
  ['a sequence cut in the middle', ['\u001b[3', '1mred\u001b', '[0m'], ['red']],
  ['a title is not shown', ['\u001b]0;title\u0007text'], ['text']],
  ['markup stays text', ['<img src=x onerror=alert(1)>'], ['<img src=x onerror=alert(1)>']],
  ['bells and NULs are dropped', ['a\u0007\u0000b'], ['ab']]
];

for (const [name, pieces, lines] of CASES) {
  test(name, () => assert.deepEqual(shown(...pieces), lines));
  test(`${name}, one character at a time`, () => assert.deepEqual(shown(...pieces.join('')), lines));
}

test('colours and weight', () => {
  const terminal = new Terminal();
  terminal.feed('\u001b[1;31mbad\u001b[0m \u001b[38;5;10mgood\u001b[39m\u001b[38;2;1;2;3mrgb');
  assert.deepEqual(
    terminal.lines[0]?.runs.map(run => [run.text, run.style.color, run.style.bold]),
    [
      ['bad', 1, true],
      [' ', -1, false],
      ['good', 10, false],
      ['rgb', -1, false]
    ]
  );
});

test('what one feed changed is measured again, and no more', () => {
  const terminal = new Terminal();
  terminal.feed('a\nb\nc');
  terminal.feed('\rC');
  assert.equal(terminal.changedFrom, 2);
});

test('levels', () => {
  const levels = {
    'ERROR: no': 'error',
    '2026-11-22 07:00:00,123 ERROR no': 'error',
    'Traceback (most recent call last):': 'error',
    "ModuleNotFoundError: No module named 'x'": 'error',
    'train.py:3: UserWarning: old': 'warning',
    '[WARN] slow': 'warning',
    '07:00 DEBUG x': 'debug',
    'loss 0.1, error rate 0.2': null,
    'no warnings': null
  };
  for (const [text, level] of Object.entries(levels)) {
    assert.equal(levelOf(text), level, text);
  }
});

test('rows of wrapped lines', () => {
  const terminal = new Terminal();
  terminal.feed(`short\n${'x'.repeat(25)}\n${'宽'.repeat(10)}\n\nend`);
  const rows = new Rows(10);
  rows.measure(terminal.lines, 0);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(line => rows.rowOf(line)), [0, 1, 4, 6, 7, 8]);
  assert.deepEqual([0, 1, 3, 4, 5, 6, 7, 99].map(row => rows.lineAt(row)), [0, 1, 1, 2, 2, 3, 4, 4]);
  terminal.feed('x'.repeat(20));
  rows.measure(terminal.lines, terminal.changedFrom);
  assert.equal(rows.total, 10);
});

test('the first match is shown first, whichever way one goes', () => {
  assert.deepEqual(
    [stepped(null, 1, 3), stepped(0, 1, 3), stepped(2, 1, 3)],
    [0, 1, 0]
  );
  assert.deepEqual([stepped(null, -1, 3), stepped(0, -1, 3)], [2, 2]);
});

test('lines that are no longer kept are told with the rows that they took', async () => {
  const socket = { close: () => undefined } as unknown as WebSocket;
  const api = { get: () => Promise.resolve({ size: 0 }), stream: () => socket } as unknown as IApi;
  Object.assign(globalThis, { window: { setTimeout: () => 1, clearTimeout: () => undefined } });
  const say = (message: object): void =>
    socket.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  const model = new LogModel(api, 'task-1', { role: 'main', rank: 0 });
  model.subscribe(() => undefined);
  await new Promise(resolve => setImmediate(resolve));
  say({ text: `${'x'.repeat(25)}\n${'y\n'.repeat(MOST_LINES)}`, next: 1 });
  say({ end: true });
  assert.equal(model.dropped, 0);
  model.rows(10);
  say({ text: 'z\n'.repeat(30_000), next: 2 });
  say({ end: true });
  assert.equal(model.dropped, 30_001);
  assert.equal(model.droppedRows, 30_003);
  assert.equal(model.terminal.lines[0]?.text, 'y');
});
