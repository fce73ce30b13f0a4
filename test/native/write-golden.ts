/** `npm run golden`: writes the values that C++ tests are held to, from the TypeScript twins. */
import { writeFileSync } from 'node:fs';
import { PROGRAM_FOLDER, programFiles } from './golden-programs.js';
import { JS_NUMBERS_DATA, jsNumberLines } from './js-numbers-data.js';
import { MIX32_DATA, mix32Lines } from './mix32-data.js';

writeFileSync(MIX32_DATA, mix32Lines());
writeFileSync(JS_NUMBERS_DATA, jsNumberLines());
for (const [name, text] of programFiles()) writeFileSync(`${PROGRAM_FOLDER}/${name}`, text);
