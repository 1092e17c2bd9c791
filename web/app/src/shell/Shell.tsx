/** What surrounds every page: where one can go, whether it works, who one is. */
import { IconArrowsDiff, IconArrowsExchange, IconCalendar, IconHelp, IconHistory, IconPlugConnected } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, type LinkProps, Outlet, useNavigate } from "@tanstack/react-router";
import { useMediaQuery } from "@mantine/hooks";
import { Suspense, useCallback, useEffect, useState } from "react";
import { conflicts } from "../data/queries";
import { listen } from "../live";
import { IconButton } from "../ui/IconButton";
import { useAlerts } from "./alerts";
import { AsideSlot } from "./Aside";
import { Brand } from "./Brand";
import { Help } from "./Help";
import { useKeys } from "./keys";
import { Loading } from "./Loading";
import classes from "./Shell.module.css";
import { useSession } from "./session";
import { SyncBadge } from "./SyncBadge";
import { UserMenu } from "./UserMenu";

interface Place {
  to: LinkProps["to"];
  name: string;
  icon: typeof IconCalendar;
  count?: number;
}

export function Shell() {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const [help, setHelp] = useState(false);
  const narrow = useMediaQuery("(max-width: 880px)", undefined, { getInitialValueInEffect: false });
  const { data: open } = useQuery(conflicts("open"));
  const { demo, user } = useSession();

  useEffect(() => listen(cache), [cache]);
  useAlerts(user.id, useCallback(() => void navigate({ to: "/connections" }), [navigate]));
  useKeys({
    "shift+?": () => setHelp(true),
    "?": () => setHelp(true),
    g: () => void navigate({ to: "/calendar" }),
  });

  const places: Place[] = [
    { to: "/calendar", name: "Calendar", icon: IconCalendar },
    { to: "/connections", name: "Connections", icon: IconPlugConnected },
    { to: "/conflicts", name: "Conflicts", icon: IconArrowsDiff, count: open?.total ?? 0 },
    { to: "/history", name: "History", icon: IconHistory },
    ...(demo ? [{ to: "/otherside" as const, name: narrow ? "Other side" : "The other side", icon: IconArrowsExchange }] : []),
  ];
  const links = places.map(({ to, name, icon: Icon, count }) => (
    <Link key={name} to={to} className={classes.link} activeProps={{ "aria-current": "page" }}>
      <Icon size={19} stroke={1.7} aria-hidden />
      <span>{name}</span>
      {!!count && <span className={classes.count} aria-label={`${count} open`}>{count}</span>}
    </Link>
  ));
  const main = (
    <main id="main" className={classes.main} tabIndex={-1}>
      <Suspense fallback={<Loading />}>
        <Outlet />
      </Suspense>
    </main>
  );

  return (
    <AsideSlot value={narrow ? null : slot}>
      <a href="#main" className={classes.skip}>Skip to content</a>
      {narrow ? (
        <div className={classes.phone}>
          <div className={classes.top} role="region" aria-label="Concord">
            <Link to="/calendar" aria-label="Concord, calendar" className={classes.home}><Brand silent /></Link>
            <SyncBadge compact />
            <UserMenu help={() => setHelp(true)} compact />
          </div>
          {main}
          <nav aria-label="Pages" className={classes.tabs}>{links}</nav>
        </div>
      ) : (
        <div className={classes.desk}>
          <div className={classes.side}>
            <div className={classes.head} role="region" aria-label="Concord">
              <Link to="/calendar" aria-label="Concord, calendar" className={classes.home}><Brand /></Link>
              <SyncBadge />
            </div>
            <nav aria-label="Pages" className={classes.nav}>{links}</nav>
            <aside ref={setSlot} className={classes.slot} aria-label="Beside the page" />
            <div className={classes.foot} role="region" aria-label="You">
              <UserMenu help={() => setHelp(true)} />
              <IconButton label="Keyboard help" hotkey="?" icon={<IconHelp size={18} stroke={1.7} />} onClick={() => setHelp(true)} />
            </div>
          </div>
          {main}
        </div>
      )}
      <Help opened={help} close={() => setHelp(false)} />
    </AsideSlot>
  );
}
