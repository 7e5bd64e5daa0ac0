import { conversations } from './conversations/world.js';
import { lifecycle } from './lifecycle.js';

lifecycle(conversations);
