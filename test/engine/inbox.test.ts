import { inboxes } from './inbox/world.js';
import { lifecycle } from './lifecycle.js';

lifecycle(inboxes);
