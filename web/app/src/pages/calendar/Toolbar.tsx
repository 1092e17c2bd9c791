/** Where in time one is, how it is shown, and the way to something new. */
import { Button, Group, Menu, SegmentedControl, Select, Text } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconChevronLeft, IconChevronRight, IconPlus, IconWorld } from "@tabler/icons-react";
import { useMemo } from "react";
import type { View } from "../../search";
import { IconButton } from "../../ui/IconButton";
import { city, offset, ownZone, zones } from "../../ui/time";
import classes from "./Toolbar.module.css";
import { beginOf, type Day, heading } from "./when";

interface Props {
  view: View;
  day: Day;
  zone: string;
  also: string | undefined;
  narrow: boolean;
  filtered: boolean;
  setView: (view: View) => void;
  setAlso: (zone: string | undefined) => void;
  setZone: (zone: string) => void;
  go: (where: "today" | "earlier" | "later") => void;
  create: () => void;
  filter: () => void;
}

export function Toolbar({ view, day, zone, also, narrow, filtered, setView, setAlso, setZone, go, create, filter }: Props) {
  return (
    <header className={classes.bar}>
      <div className={classes.where}>
        <h1 className={classes.title} aria-live="polite">{heading(view, day, narrow)}</h1>
        <Group gap={2} wrap="nowrap">
          <IconButton label="Earlier" hotkey="ArrowLeft" icon={<IconChevronLeft size={18} />} onClick={() => go("earlier")} />
          <Button variant="default" size="xs" onClick={() => go("today")} aria-keyshortcuts="t">Today</Button>
          <IconButton label="Later" hotkey="ArrowRight" icon={<IconChevronRight size={18} />} onClick={() => go("later")} />
        </Group>
      </div>
      <div className={classes.how}>
        {narrow && (
          <IconButton label={filtered ? "Filters, some are set" : "Filters"} variant={filtered ? "light" : "subtle"} color={filtered ? "accent" : "gray"} icon={<IconAdjustmentsHorizontal size={18} />} onClick={filter} />
        )}
        <ZoneMenu zone={zone} also={also} day={day} setAlso={setAlso} setZone={setZone} narrow={narrow} />
        <SegmentedControl
          size="xs"
          aria-label="View"
          value={view}
          onChange={(value) => setView(value as View)}
          data={[
            { value: "month", label: "Month" },
            { value: "week", label: narrow ? "Days" : "Week" },
            { value: "day", label: "Day" },
            { value: "agenda", label: "Agenda" },
          ]}
        />
        {!narrow && <Button leftSection={<IconPlus size={16} />} onClick={create} aria-keyshortcuts="c">New event</Button>}
      </div>
    </header>
  );
}

function ZoneMenu({ zone, also, day, setAlso, setZone, narrow }: Pick<Props, "zone" | "also" | "day" | "setAlso" | "setZone" | "narrow">) {
  const all = useMemo(() => zones(), []);
  const here = ownZone();
  const at = beginOf(day, zone);
  const away = offset(here, at) !== offset(zone, at);
  return (
    <Menu width={280} closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        {narrow ? (
          <IconButton label={`Time zone: ${city(zone)}`} icon={<IconWorld size={18} />} />
        ) : (
          <Button variant="subtle" color="gray" size="xs" leftSection={<IconWorld size={15} aria-hidden />} className={classes.zone}>
            {city(zone)} <span className={classes.offset}>{offset(zone, at)}</span>
          </Button>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.zones}>
          <Select label="Your time zone" size="xs" searchable allowDeselect={false} data={all} value={zone} onChange={(value) => value && setZone(value)} comboboxProps={{ withinPortal: false }} />
          {away && (
            <Text size="xs" className="muted" mt={6}>
              This machine is in {city(here)} ({offset(here, at)}).{" "}
              <Button variant="transparent" size="compact-xs" px={0} onClick={() => setZone(here)}>Use that</Button>
            </Text>
          )}
          <Select label="A second zone beside it" description="In week and day" placeholder="None" size="xs" mt="sm" searchable clearable clearButtonProps={{ "aria-label": "No second zone" }} data={all} value={also ?? null} onChange={(value) => setAlso(value ?? undefined)} comboboxProps={{ withinPortal: false }} />
        </div>
      </Menu.Dropdown>
    </Menu>
  );
}
