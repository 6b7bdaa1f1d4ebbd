// Fails when a text of the sources has no Chinese, when a Chinese text is used no more, or when a pair disagrees on %1, %2, …
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = path => fileURLToPath(new URL(path, import.meta.url));
const read = async path => JSON.parse(await readFile(here(path), 'utf8'));
const catalogue = { ...(await read('../locale/zh_CN.json')), ...(await read('../locale/zh_CN.lab.json')) };

/** msgid → whether it has a plural. */
const used = new Map();
const wrong = [];

function visit(node, file) {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const name = node.expression.name.text;
    if (name === '__' || name === '_n') {
      const [msgid] = node.arguments;
      if (msgid && ts.isStringLiteralLike(msgid)) {
        used.set(msgid.text, name === '_n');
      } else if (node.arguments[0]?.getText() !== 'msgid') {
        wrong.push(`${file}: a text that is not a literal: ${node.getText().slice(0, 80)}`);
      }
    }
  }
  ts.forEachChild(node, child => visit(child, file));
}

for (const entry of await readdir(here('../src'), { recursive: true })) {
  if (/\.tsx?$/.test(entry)) {
    const text = await readFile(join(here('../src'), entry), 'utf8');
    visit(ts.createSourceFile(entry, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX), entry);
  }
}

// What Lab shows from settings and menus is said in JSON, not in code.
for (const entry of await readdir(here('../schema'))) {
  const schema = JSON.parse(await readFile(join(here('../schema'), entry), 'utf8'));
  const collect = value => {
    if (Array.isArray(value)) {
      value.forEach(collect);
    } else if (value && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) {
        if (['title', 'description', 'label', 'caption'].includes(key) && typeof inner === 'string') {
          used.set(inner, used.get(inner) ?? false);
        }
        collect(inner);
      }
    }
  };
  collect(schema);
}

const places = text => [...new Set(text.match(/%\d/g) ?? [])].sort().join();
for (const [msgid, plural] of used) {
  const text = catalogue[msgid];
  const forms = [text].flat();
  if (text === undefined || forms.some(form => form === '')) {
    wrong.push(`no Chinese: ${JSON.stringify(msgid)}`);
  } else if (forms.some(form => places(form) !== places(msgid))) {
    wrong.push(`other places in: ${JSON.stringify(msgid)}`);
  } else if (plural !== Array.isArray(text)) {
    wrong.push(`${plural ? 'a list' : 'one text'} expected: ${JSON.stringify(msgid)}`);
  }
}
for (const msgid of Object.keys(catalogue)) {
  if (!used.has(msgid)) {
    wrong.push(`used no more: ${JSON.stringify(msgid)}`);
  }
}

if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exitCode = 1;
}
