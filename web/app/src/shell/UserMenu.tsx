import { ask } from "@concord/client";
import { Avatar, Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconKeyboard, IconLogout } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
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
    <Menu position={compact ? "bottom-end" : "top-start"} width={250} closeOnItemClick>
      <Menu.Target>
        <UnstyledButton className={classes.user} aria-label={`${user.name}: account, theme, sign out`}>
          <Avatar name={user.name} color="accent" size={30} aria-hidden />
          {!compact && (
            <span className={classes.who}>
              <Text span size="sm" fw={550} truncate>{user.name}</Text>
              <Text span size="xs" className="muted" truncate>{workspace.name}</Text>
            </span>
          )}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Text size="sm" px="sm" pt={6} fw={550}>{user.name}</Text>
        <Text size="xs" px="sm" pb={8} className="muted">{user.email}</Text>
        <Menu.Divider />
        <div style={{ padding: "6px 10px" }}>
          <Text size="xs" className="muted" mb={4} id="theme-label">Theme</Text>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-labelledby="theme-label"
            value={colorScheme}
            onChange={(value) => setColorScheme(value as typeof colorScheme)}
            data={[{ value: "auto", label: "System" }, { value: "light", label: "Light" }, { value: "dark", label: "Dark" }]}
          />
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={help}>Keyboard help</Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
