/** The settings of the `mete` program. */
import { choice } from '../config/config.js';

export const SETTINGS = {
  engine: choice(
    ['auto', 'native', 'typescript'],
    'auto',
    'allocation engine; auto takes the native one if it can be loaded',
  ),
};
