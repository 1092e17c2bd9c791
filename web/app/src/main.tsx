import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./theme/theme.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Problem } from "@concord/client";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { session } from "./data/queries";
import { makeRouter } from "./router";
import { tellHoursAs } from "./ui/time";
import { cssVariables, theme } from "./theme/theme";

/**
 * A session that ended while a page was open leads to the sign-in page, and from there back. Who never had one is led by
 * the router, to where the first account is made if there is none.
 */
const signedOut = (error: unknown) => {
  if (!(error instanceof Problem) || error.code !== "unauthenticated" || !cache.getQueryData(session().queryKey)) return;
  const here = router.state.location;
  if (here.pathname === "/signin" || here.pathname === "/setup") return;
  void router.navigate({ to: "/signin", search: { to: here.href } });
};

const cache = new QueryClient({
  // Whether there is a session at all is the router's question, before a page is shown.
  queryCache: new QueryCache({ onError: (error, { queryKey }) => queryKey[0] !== "session" && signedOut(error) }),
  mutationCache: new MutationCache({ onError: signedOut }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (count, error) => count < 2 && error instanceof Problem && error.passing,
    },
  },
});
const router = makeRouter(cache);

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

tellHoursAs(navigator.language);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element to draw into");
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={cache}>
        <RouterProvider router={router} />
        <Notifications position="bottom-right" containerWidth={400} limit={4} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
