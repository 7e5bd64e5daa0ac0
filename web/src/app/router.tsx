import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { failuresSearch } from '../failures/search.js';
import { auditSearch } from '../audit/search.js';
import { moveSearch } from '../inbox/search.js';
import { waveSearch } from '../wave/search.js';
import { migrationSearch } from '../migration/search.js';
import { migrationsSearch } from '../migrations/search.js';
import { Root } from './root.js';
import { NotFound } from './not-found.js';
import { ScreenError } from '../ui/screen/states.js';

const root = createRootRoute({ component: Root, notFoundComponent: NotFound, errorComponent: ScreenError });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/migrations' });
  },
});

export const migrationsRoute = createRoute({
  getParentRoute: () => root,
  path: '/migrations',
  validateSearch: migrationsSearch,
  component: lazyRouteComponent(() => import('../migrations/screen.js'), 'Migrations'),
});

export const migrationRoute = createRoute({
  getParentRoute: () => root,
  path: '/migrations/$kind/$key',
  validateSearch: migrationSearch,
  component: lazyRouteComponent(() => import('../migration/screen.js'), 'Migration'),
});

const preflight = createRoute({
  getParentRoute: () => root,
  path: '/migrations/$kind/$key/preflight',
  component: lazyRouteComponent(() => import('../preflight/screen.js'), 'Preflight'),
});

const moveInbox = createRoute({
  getParentRoute: () => root,
  path: '/inboxes/move',
  validateSearch: moveSearch,
  component: lazyRouteComponent(() => import('../inbox/move.js'), 'MoveInbox'),
});

const waves = createRoute({
  getParentRoute: () => root,
  path: '/waves',
  component: lazyRouteComponent(() => import('../waves/screen.js'), 'Waves'),
});

const wave = createRoute({
  getParentRoute: () => root,
  path: '/waves/$wave',
  validateSearch: waveSearch,
  component: lazyRouteComponent(() => import('../wave/screen.js'), 'Wave'),
});

export const failuresRoute = createRoute({
  getParentRoute: () => root,
  path: '/failures',
  validateSearch: failuresSearch,
  component: lazyRouteComponent(() => import('../failures/screen.js'), 'Failures'),
});

export const auditRoute = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('../audit/screen.js'), 'Audit'),
});

const system = createRoute({
  getParentRoute: () => root,
  path: '/system',
  component: lazyRouteComponent(() => import('../system/screen.js'), 'System'),
});

/** The root shows the sign-in instead of any screen until somebody signs in. A signed-in user who opens the sign-in goes home. */
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: () => undefined,
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    migrationsRoute,
    migrationRoute,
    preflight,
    moveInbox,
    waves,
    wave,
    failuresRoute,
    auditRoute,
    system,
    signIn,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: ScreenError,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
