// Writes the Chinese texts in the form that JupyterLab's translation service reads (Jed), into the Python package.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = path => fileURLToPath(new URL(path, import.meta.url));
const read = async path => JSON.parse(await readFile(here(path), 'utf8'));

const folder = here('../../server_extension/gemini_server/locale/zh_CN/LC_MESSAGES');
const { version } = await read('../package.json');
// The pages carry the first catalogue only.
const messages = { ...(await read('../locale/zh_CN.json')), ...(await read('../locale/zh_CN.lab.json')) };

const catalogue = {
  '': { domain: 'gemini', language: 'zh-CN', plural_forms: 'nplurals=1; plural=0;', version }
};
for (const [msgid, text] of Object.entries(messages)) {
  // Lab takes an entry for a plural only where it has two forms, even in a language that has one.
  catalogue[msgid] = Array.isArray(text) ? [text[0], ''] : [text];
}

await mkdir(folder, { recursive: true });
await writeFile(`${folder}/gemini.json`, `${JSON.stringify(catalogue, null, 1)}\n`);
