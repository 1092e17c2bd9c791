import { Kbd, Modal, Switch } from "@mantine/core";
import classes from "./Help.module.css";
import { shortcuts, useKeysOn } from "./keys";

/** What the keys do. */
export function Help({ opened, close }: { opened: boolean; close: () => void }) {
  const [on, setOn] = useKeysOn();
  return (
    <Modal opened={opened} onClose={close} title="Keyboard" size="lg">
      <div className={classes.groups}>
        {shortcuts.map(({ where, list }) => (
          <section key={where}>
            <h3 className={classes.where}>{where}</h3>
            <dl className={classes.list}>
              {list.map(({ keys, says }) => (
                <div key={says} className={classes.row}>
                  <dt>{says}</dt>
                  <dd>
                    {keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <Switch
        mt="md"
        label="Keys do these things"
        description="Switch off if you dictate, or press keys by accident. Tab, arrows in menus and Esc always work."
        checked={on === "on"}
        onChange={(event) => setOn(event.currentTarget.checked ? "on" : "off")}
      />
    </Modal>
  );
}
