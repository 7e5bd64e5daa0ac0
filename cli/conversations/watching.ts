import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import type { KindWatching } from '../engine/kind.js';
import { wantsColour } from '../engine/terminal/terminal.js';
import { endOf } from './end-of.js';
import { openDisplay } from './progress/display.js';

export const accountWatching: KindWatching<MigrationView> = {
  openDisplay: ({ out, environment, clock }) =>
    openDisplay(out, { colour: wantsColour(out, environment), clock }),
  endOf,
};
