import { ask } from "@concord/client";
import { Avatar, Button, Popover, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconKeyboard, IconLogout } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useChange } from "../data/change";
import { api } from "../data/queries";
import { useSession } from "./session";
import classes from "./Shell.module.css";

/** Who one is, how it looks, and the way out. */
export function UserMenu({ help, compact }: { help: () => void; compact?: boolean }) {
  const { user, workspace } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const change = useChange();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [opened, setOpened] = useState(false);

  const signOut = () =>
    change({
      of: [],
      inTurn: "session",
      send: () => ask(api.DELETE("/session")),
      refused: "You are still signed in",
      done: () => {
        cache.clear();
        void navigate({ to: "/signin", search: {} });
      },
    });

  return (
    <Popover position={compact ? "bottom-end" : "top-start"} width={250} shadow="md" trapFocus returnFocus opened={opened} onChange={setOpened}>
      <Popover.Target>
        <UnstyledButton className={classes.user} aria-label={`${user.name}: account, theme, sign out`} onClick={() => setOpened(!opened)}>
          <Avatar name={user.name} color="accent" size={30} aria-hidden />
          {!compact && (
            <span className={classes.who}>
              <Text span size="sm" fw={550} truncate>{user.name}</Text>
              <Text span size="xs" className="muted" truncate>{workspace.name}</Text>
            </span>
          )}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={6} aria-label="You">
        <div className={classes.you}>
          <Text size="sm" fw={550}>{user.name}</Text>
          {user.email && <Text size="xs" className="muted">{user.email}</Text>}
          <Text size="xs" className="muted" mt={12} mb={4} id="theme-label">Theme</Text>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-labelledby="theme-label"
            value={colorScheme}
            onChange={(value) => setColorScheme(value as typeof colorScheme)}
            data={[{ value: "auto", label: "System" }, { value: "light", label: "Light" }, { value: "dark", label: "Dark" }]}
          />
        </div>
        <Button variant="subtle" color="gray" fullWidth justify="flex-start" leftSection={<IconKeyboard size={16} />} onClick={() => { setOpened(false); help(); }}>Keyboard help</Button>
        <Button variant="subtle" color="gray" fullWidth justify="flex-start" leftSection={<IconLogout size={16} />} onClick={signOut}>Sign out</Button>
      </Popover.Dropdown>
    </Popover>
  );
}
