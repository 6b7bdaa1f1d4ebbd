// Writes the Chinese texts in the form that JupyterLab's translation service reads (Jed), into the Python package.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = path => fileURLToPath(new URL(path, import.meta.url));
const folder = here('../../server_extension/gemini_server/locale/zh_CN/LC_MESSAGES');
const messages = JSON.parse(await readFile(here('../locale/zh_CN.json'), 'utf8'));
const { version } = JSON.parse(await readFile(here('../package.json'), 'utf8'));

const catalogue = {
  '': { domain: 'gemini', language: 'zh_CN', plural_forms: 'nplurals=1; plural=0;', version }
};
for (const [msgid, text] of Object.entries(messages)) {
  catalogue[msgid] = Array.isArray(text) ? text : [text];
}

await mkdir(folder, { recursive: true });
await writeFile(`${folder}/gemini.json`, `${JSON.stringify(catalogue, null, 1)}\n`);
