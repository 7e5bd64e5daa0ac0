import { lifecycle } from './lifecycle.js';
import { onboarding } from './onboarding/world.js';

lifecycle(onboarding);
