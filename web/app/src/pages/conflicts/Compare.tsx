/** Both versions side by side, with what they agreed on before and what would come of it. */
import type { Conflict } from "@concord/client";
import { clsx } from "clsx";
import { Fragment } from "react";
import classes from "./Compare.module.css";
import { type Choice, differs, result, type Side, whose } from "./resolve";

interface Props {
  conflict: Conflict;
  there: string;
  choice: Choice;
  /** Takes a side for a field; null where there is nothing to choose. */
  choose: ((field: string, side: Side) => void) | null;
}

export function Compare({ conflict, there, choice, choose }: Props) {
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <caption className="visually-hidden">The two versions of “{conflict.title}”, by field</caption>
        <thead>
          <tr>
            <th scope="col"><span className="visually-hidden">Field</span></th>
            <th scope="col">Before</th>
            <th scope="col">In Concord</th>
            <th scope="col">In {there}</th>
            {choose && <th scope="col">Result</th>}
          </tr>
        </thead>
        <tbody>
          {conflict.fields.map((field) => {
            const both = differs(field);
            const after = result(field, choice);
            return (
              <tr key={field.field} data-differs={both || undefined}>
                <th scope="row">
                  {field.label}
                  {both && <span className={classes.mark}>{whose(field) === "both" ? "changed on both sides" : "differs"}</span>}
                </th>
                <td data-label="Before"><Value text={field.base} muted /></td>
                {(["local", "external"] as const).map((side) => (
                  <td key={side} data-label={side === "local" ? "In Concord" : `In ${there}`}>
                    {choose && both ? (
                      <label className={classes.pick} data-chosen={choice[field.field] === side || undefined}>
                        <input type="radio" name={`${conflict.id}-${field.field}`} checked={choice[field.field] === side} onChange={() => choose(field.field, side)} />
                        <Value text={field[side]} />
                      </label>
                    ) : (
                      <span className={clsx(both && classes.differing)}><Value text={field[side]} muted={!both} /></span>
                    )}
                  </td>
                ))}
                {choose && (
                  <td data-label="Result" aria-live="polite">{after === undefined ? <span className={classes.open}>Not chosen yet</span> : <Value text={after} />}</td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A zone's name may go on in the next line after its stroke. */
const Value = ({ text, muted }: { text: string | null | undefined; muted?: boolean }) =>
  text == null ? <span className={classes.nothing}>Not there</span> : <span className={clsx(classes.value, muted && "muted")}>{text.split("/").map((part, i) => <Fragment key={i}>{i > 0 && <>/<wbr /></>}{part}</Fragment>)}</span>;
