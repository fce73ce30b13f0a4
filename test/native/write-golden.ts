/** `npm run golden`: writes the values that C++ tests are held to, from the TypeScript twins. */
import { writeFileSync } from 'node:fs';
import { MIX32_DATA, mix32Lines } from './mix32-data.js';

writeFileSync(MIX32_DATA, mix32Lines());
