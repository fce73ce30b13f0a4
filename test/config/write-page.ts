/** Writes docs/configuration.md; with --check it only says whether the file is out of date. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { configurationPage } from './page.js';

const PAGE = 'docs/configuration.md';
const wanted = configurationPage();
if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, wanted);
} else if (!existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== wanted) {
  process.stdout.write(`${PAGE} is out of date: run npm run configuration and commit it\n`);
  process.exitCode = 1;
}
