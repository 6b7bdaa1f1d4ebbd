// Removes every build output. tsc believes its build info: left behind without `lib/`, it emits nothing.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const OUTPUTS = [
  '../lib',
  '../tsconfig.tsbuildinfo',
  '../../server_extension/gemini_server/labextension',
  '../../server_extension/gemini_server/locale'
];

for (const output of OUTPUTS) {
  await rm(fileURLToPath(new URL(output, import.meta.url)), { recursive: true, force: true });
}
