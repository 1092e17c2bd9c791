/** The pages and their addresses. What an address holds is typed; what makes no sense in it is dropped. */
import { Problem, unreachable } from "@concord/client";
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, notFound, Outlet, redirect } from "@tanstack/react-router";
import { conflicts, providers, runs, session, setupNeeded, status } from "./data/queries";
import { Loading } from "./shell/Loading";
import { Broken, NotFound } from "./shell/Lost";
import { Shell } from "./shell/Shell";
import { calendarSearch, conflictsSearch, connectionsSearch, historySearch, othersideSearch, setupSearch, signInSearch } from "./search";

const root = createRootRouteWithContext<{ cache: QueryClient }>()({ component: Outlet, notFoundComponent: NotFound, errorComponent: Broken });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/signin",
  validateSearch: signInSearch,
  component: lazyRouteComponent(() => import("./pages/signin/Page")),
});

const setUp = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: setupSearch,
  component: lazyRouteComponent(() => import("./pages/setup/Page")),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ context: { cache }, location }) => {
    try {
      await cache.ensureQueryData(session());
    } catch (error) {
      if (!(error instanceof Problem) || error.code === unreachable || error.status !== 401) throw error;
      const { needed } = await cache.fetchQuery(setupNeeded()).catch(() => ({ needed: false }));
       
      throw needed ? redirect({ to: "/setup", search: {} }) : redirect({ to: "/signin", search: location.pathname === "/" ? {} : { to: location.href } });
    }
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  beforeLoad: () => {
     
    throw redirect({ to: "/calendar", search: {}, replace: true });
  },
});

const calendar = createRoute({
  getParentRoute: () => inside,
  path: "/calendar",
  validateSearch: calendarSearch,
  component: lazyRouteComponent(() => import("./pages/calendar/Page")),
});

const connections = createRoute({
  getParentRoute: () => inside,
  path: "/connections",
  validateSearch: connectionsSearch,
  loader: ({ context: { cache } }) => {
    void cache.prefetchQuery(status());
    void cache.prefetchQuery(providers());
  },
  component: lazyRouteComponent(() => import("./pages/connections/Page")),
});

const conflictsPage = createRoute({
  getParentRoute: () => inside,
  path: "/conflicts",
  validateSearch: conflictsSearch,
  loaderDeps: ({ search }) => ({ state: search.state ?? ("open" as const) }),
  loader: ({ context: { cache }, deps }) => void cache.prefetchQuery(conflicts(deps.state)),
  component: lazyRouteComponent(() => import("./pages/conflicts/Page")),
});

const history = createRoute({
  getParentRoute: () => inside,
  path: "/history",
  validateSearch: historySearch,
  loaderDeps: ({ search: { status, from, to, linkId } }) => ({ status, from, to, linkId }),
  loader: ({ context: { cache }, deps }) => void cache.prefetchInfiniteQuery(runs(deps)),
  component: lazyRouteComponent(() => import("./pages/history/Page")),
});

// Only a demo has another side to edit.
const otherside = createRoute({
  getParentRoute: () => inside,
  path: "/otherside",
  validateSearch: othersideSearch,
  beforeLoad: async ({ context: { cache } }) => {
    if (!(await cache.ensureQueryData(session())).demo) throw notFound();
  },
  component: lazyRouteComponent(() => import("./pages/otherside/Page")),
});

const tree = root.addChildren([signIn, setUp, inside.addChildren([home, calendar, connections, conflictsPage, history, otherside])]);

export const makeRouter = (cache: QueryClient) =>
  createRouter({
    routeTree: tree,
    context: { cache },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    defaultPendingComponent: Loading,
    defaultPendingMs: 150,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
