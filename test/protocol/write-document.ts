/** Writes docs/protocol.md; with --check it only says whether the file is out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { protocolDocument } from './document.js';

const DOCUMENT = 'docs/protocol.md';
const wanted = protocolDocument();
if (process.argv.includes('--check')) {
  if (readFileSync(DOCUMENT, 'utf8') !== wanted) {
    process.stdout.write(`${DOCUMENT} is out of date: run npm run protocol and commit it\n`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(DOCUMENT, wanted);
}
